/**
 * X25519 with the key pairs that nodes sign with. The seed of an Ed25519 key and its point are
 * those of an X25519 key in another notation (RFC 7748, RFC 8032), so nothing else has to be given
 * to a node.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
} from "node:crypto";
import type { NodeId } from "../protocols/contract/core.ts";

const PRIME = 2n ** 255n - 19n;
/** What stands before the 32 bytes of a key in PKCS #8 and SPKI (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

/** y of the points of Ed25519 whose order divides 8: times a scalar of X25519 each is nothing. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  PRIME - 1n,
  0x05fc_536d_8802_38b1_3933_c6d3_05ac_dfd5_f098_eff2_89f4_c345_b027_b2c2_8f95_e826n,
  0x7a03_ac92_77fd_c74e_c6cc_392c_fa53_202a_0f67_100d_760b_3cba_4fd8_4d3d_706a_17c7n,
]);

export const POINT_BYTES = 32;

export class Agreement {
  readonly #own: KeyObject;
  readonly #others: ReadonlyMap<NodeId, KeyObject>;
  #scalar: KeyObject | null = null;

  /** @param keys Ed25519 */
  constructor(keys: { readonly own: KeyObject; readonly others: ReadonlyMap<NodeId, KeyObject> }) {
    this.#own = keys.own;
    this.#others = keys.others;
  }

  /** The secret of this node and `peer`; null for who has no public key here. */
  secretWith(peer: NodeId): Buffer | null {
    const other = this.#others.get(peer);
    if (other === undefined) return null;
    return diffieHellman({ privateKey: this.#privateKey, publicKey: sharedPoint(other) });
  }

  /** With a key pair for this once. @returns what only the one with that point finds out */
  secretFor(peer: NodeId, { privateKey }: EphemeralKey): Buffer | null {
    const other = this.#others.get(peer);
    return other === undefined
      ? null
      : diffieHellman({ privateKey, publicKey: sharedPoint(other) });
  }

  /** The other end of `secretFor`. @returns null for what is no point to agree on */
  secretFrom(point: Uint8Array): Buffer | null {
    try {
      return diffieHellman({ privateKey: this.#privateKey, publicKey: importPoint(point) });
    } catch {
      // OpenSSL refuses points of small order, and a peer may send any 32 bytes.
      return null;
    }
  }

  get #privateKey(): KeyObject {
    this.#scalar ??= scalarOf(this.#own);
    return this.#scalar;
  }
}

/**
 * By the key, which all logical clients of a host have from one table: a point costs as much as the
 * secret that is agreed on with it. Made at first use: most clients speak to nobody here.
 */
const points = new WeakMap<KeyObject, KeyObject>();

/** @param key Ed25519 */
function sharedPoint(key: KeyObject): KeyObject {
  const known = points.get(key);
  if (known !== undefined) return known;
  const point = importPoint(pointOf(key));
  points.set(key, point);
  return point;
}

export interface EphemeralKey {
  readonly privateKey: KeyObject;
  readonly point: Uint8Array;
}

export function ephemeralKey(): EphemeralKey {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  return { privateKey, point: rawPublic(publicKey) };
}

function rawPublic(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}

function importPoint(point: Uint8Array): KeyObject {
  const key = Buffer.concat([PUBLIC_PREFIX, point]);
  return createPublicKey({ key, format: "der", type: "spki" });
}

/** The X25519 key with the scalar that an Ed25519 key signs with. */
function scalarOf(key: KeyObject): KeyObject {
  const seed = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
  const scalar = hash("sha512", seed, "buffer").subarray(0, 32);
  const encoded = Buffer.concat([PRIVATE_PREFIX, scalar]);
  return createPrivateKey({ key: encoded, format: "der", type: "pkcs8" });
}

/** No secret can be agreed on with it, and signatures under it are anybody's. @param key Ed25519 */
export function isOfSmallOrder(key: KeyObject): boolean {
  return SMALL_ORDER.has(yOf(key));
}

/** The highest bit is the sign of x. */
function yOf(key: KeyObject): bigint {
  const encoded = rawPublic(key).reverse();
  return modulo(BigInt(`0x${encoded.toString("hex")}`) & (2n ** 255n - 1n));
}

/** u = (1 + y) / (1 - y): the same point on the other curve. */
function pointOf(key: KeyObject): Uint8Array {
  const y = yOf(key);
  const u = modulo((1n + y) * inverse(1n - y));
  return Buffer.from(u.toString(16).padStart(64, "0"), "hex").reverse();
}

function modulo(value: bigint): bigint {
  return ((value % PRIME) + PRIME) % PRIME;
}

/**
 * By Euclid, who needs a tenth of the time of the power p - 2: a replica does this for each of a
 * thousand clients, and nothing in it is secret. Of 0 it is 0, as that power would be.
 */
function inverse(value: bigint): bigint {
  let [rest, divisor] = [PRIME, modulo(value)];
  let [before, factor] = [0n, 1n];
  while (divisor > 1n) {
    const times = rest / divisor;
    [rest, divisor] = [divisor, rest - times * divisor];
    [before, factor] = [factor, before - times * factor];
  }
  return divisor === 0n ? 0n : modulo(factor);
}
