/**
 * The long-term keys that two nodes share, without a message between them: X25519 of the key pairs
 * that they sign with. The seed of an Ed25519 key and its point are those of an X25519 key in
 * another notation (RFC 7748, RFC 8032), so nothing else has to be given to a node.
 */

import type { KeyObject } from "node:crypto";
import { createPrivateKey, createPublicKey, diffieHellman, hash, hkdfSync } from "node:crypto";
import { type NodeId, nodeName } from "../protocols/contract/core.ts";
import { SIP_KEY_BYTES, sipKey } from "./sip-hash.ts";

const PRIME = 2n ** 255n - 19n;
/** What stands before the 32 bytes of a key in PKCS #8 and SPKI (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

/** The keys of what two nodes say to one another. */
interface Pair {
  readonly to: Int32Array;
  readonly from: Int32Array;
}

export class SharedKeys {
  readonly #self: NodeId;
  readonly #own: KeyObject;
  readonly #others: ReadonlyMap<NodeId, KeyObject>;
  /** Made at first use: there are thousands of clients, and most speak to nobody here. */
  readonly #pairs = new Map<NodeId, Pair>();
  #privateKey: KeyObject | null = null;

  /** @param keys Ed25519 */
  constructor(
    self: NodeId,
    keys: { readonly own: KeyObject; readonly others: ReadonlyMap<NodeId, KeyObject> },
  ) {
    this.#self = self;
    this.#own = keys.own;
    this.#others = keys.others;
  }

  /** One of the two is this node. @returns null for who has no public key here */
  keyOf(sender: NodeId, receiver: NodeId): Int32Array | null {
    const isSent = sender === this.#self;
    const pair = this.#pairWith(isSent ? receiver : sender);
    return pair && (isSent ? pair.to : pair.from);
  }

  #pairWith(peer: NodeId): Pair | null {
    const known = this.#pairs.get(peer);
    if (known !== undefined) return known;
    const other = this.#others.get(peer);
    if (other === undefined) return null;
    this.#privateKey ??= agreementKey(this.#own);
    const publicKey = agreementPoint(other);
    const secret = diffieHellman({ privateKey: this.#privateKey, publicKey });
    const pair = { to: keyFor(secret, this.#self, peer), from: keyFor(secret, peer, this.#self) };
    this.#pairs.set(peer, pair);
    return pair;
  }
}

function keyFor(secret: Buffer, sender: NodeId, receiver: NodeId): Int32Array {
  const label = `bft-chaos mac v1 ${nodeName(sender)} ${nodeName(receiver)}`;
  return sipKey(new Uint8Array(hkdfSync("sha256", secret, "", label, SIP_KEY_BYTES)));
}

/** The X25519 key with the scalar that an Ed25519 key signs with. */
function agreementKey(key: KeyObject): KeyObject {
  const seed = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
  const scalar = hash("sha512", seed, "buffer").subarray(0, 32);
  return createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, scalar]),
    format: "der",
    type: "pkcs8",
  });
}

/** u = (1 + y) / (1 - y): the same point on the other curve. */
function agreementPoint(key: KeyObject): KeyObject {
  const encoded = Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").reverse();
  const y = BigInt(`0x${encoded.toString("hex")}`) & (2n ** 255n - 1n);
  const u = modulo((1n + y) * inverse(1n - y));
  const point = Buffer.from(u.toString(16).padStart(64, "0"), "hex").reverse();
  return createPublicKey({
    key: Buffer.concat([PUBLIC_PREFIX, point]),
    format: "der",
    type: "spki",
  });
}

function modulo(value: bigint): bigint {
  return ((value % PRIME) + PRIME) % PRIME;
}

/** By Fermat: the power p - 2. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, modulo(value)];
  for (let exponent = PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = modulo(result * base);
    base = modulo(base * base);
  }
  return result;
}
