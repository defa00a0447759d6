/** What the keys of a node can do: Ed25519 and SHA-256 through node:crypto, and SipHash. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { PairwiseTags } from "../protocols/authentication/pairwise-tags.ts";
import type { NodeAuthenticator } from "../protocols/contract/authenticator.ts";
import { clientId, type NodeId, nodeName } from "../protocols/contract/core.ts";
import type { KeyExchange } from "../protocols/contract/key-exchange.ts";
import { Agreement, isOfSmallOrder } from "./agreement.ts";
import type { KeyConfig } from "./config.ts";
import { sealedKeys } from "./sealed-keys.ts";
import { SharedKeys } from "./shared-keys.ts";
import { sipHash128 } from "./sip-hash.ts";

const SIGNATURE_BYTES = 64;
/** Of arguments and results that are empty, of which there is one for each operation. */
const DIGEST_OF_NOTHING = hash("sha256", "", "hex");

/** Key objects are made once: making one costs more than a signature. */
export class Ed25519Authenticator implements NodeAuthenticator {
  readonly self: NodeId;
  readonly #privateKey: KeyObject;
  readonly #publicKeys: ReadonlyMap<NodeId, KeyObject>;
  readonly exchange: KeyExchange;
  readonly #tags: PairwiseTags<Uint8Array>;
  readonly #shared: SharedKeys;

  /**
   * @throws {RangeError} if `keys` holds no private key of `self`, a name that is no node or a
   * public key with which no secret can be agreed on
   */
  constructor(self: NodeId, keys: KeyConfig) {
    const own = keys.private[nodeName(self)];
    if (own === undefined) throw new RangeError(`no private key of ${nodeName(self)}`);
    this.self = self;
    this.#privateKey = parsePrivateKey(own);
    this.#publicKeys = publicKeysOf(keys);
    const agreement = new Agreement({ own: this.#privateKey, others: this.#publicKeys });
    this.exchange = sealedKeys(agreement, this);
    const shared = new SharedKeys(self, agreement);
    this.#shared = shared;
    this.#tags = new PairwiseTags({
      self,
      keyOf: (sender, receiver) => shared.keyOf(sender, receiver),
      codeOf: sipHash128,
    });
  }

  /** The nodes whose public keys are known. */
  get known(): IterableIterator<NodeId> {
    return this.#publicKeys.keys();
  }

  digest(bytes: Uint8Array): string {
    return bytes.length === 0 ? DIGEST_OF_NOTHING : hash("sha256", bytes, "hex");
  }

  sign(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, bytes, this.#privateKey));
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#publicKeys.get(signer);
    if (key === undefined || signature.length !== SIGNATURE_BYTES) return false;
    return verify(null, bytes, key, signature);
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    return this.#tags.tag(receiver, bytes);
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    return this.#tags.checkTag(sender, bytes, tag);
  }

  /** @throws {RangeError} for a peer that has no public key here */
  secretWith(peer: NodeId, about: Uint8Array, bytes: number): Uint8Array {
    return this.#shared.secretAbout(peer, about, bytes);
  }
}

/** Fresh key pairs of all these nodes, by name. */
export function generateKeys(names: readonly string[]): KeyConfig {
  const keys = { private: {} as Record<string, string>, public: {} as Record<string, string> };
  for (const name of names) {
    const pair = generateKeyPairSync("ed25519");
    keys.private[name] = pair.privateKey
      .export({ type: "pkcs8", format: "der" })
      .toString("base64");
    keys.public[name] = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  }
  return keys;
}

/** What one process gets: the private keys of the nodes it hosts, the public ones of all. */
export function keysOf(keys: KeyConfig, hosted: readonly string[]): KeyConfig {
  const own: Record<string, string> = {};
  for (const name of hosted) {
    const key = keys.private[name];
    if (key === undefined) throw new RangeError(`no private key of ${name}`);
    own[name] = key;
  }
  return { private: own, public: keys.public };
}

/** The inverse of `nodeName`; null for a name of another shape. */
export function parseNodeName(name: string): NodeId | null {
  const match = /^(?:r(\d{1,4})|c(\d{1,4})(?:\.(\d{1,5}))?)$/.exec(name);
  if (match === null) return null;
  const [, replica, host, index] = match;
  if (replica !== undefined) return Number(replica);
  return clientId({ host: Number(host), index: Number(index ?? 0) });
}

/**
 * All logical clients of a host share the same table of public keys, so it is parsed once per
 * configuration: a thousand clients would otherwise parse a million keys.
 */
const parsedTables = new WeakMap<KeyConfig["public"], ReadonlyMap<NodeId, KeyObject>>();

function publicKeysOf(keys: KeyConfig): ReadonlyMap<NodeId, KeyObject> {
  const known = parsedTables.get(keys.public);
  if (known !== undefined) return known;
  const table = new Map<NodeId, KeyObject>();
  for (const [name, key] of Object.entries(keys.public)) {
    const node = parseNodeName(name);
    if (node === null) throw new RangeError(`"${name}" names no replica and no client`);
    const parsed = createPublicKey({
      key: Buffer.from(key, "base64"),
      format: "der",
      type: "spki",
    });
    if (isOfSmallOrder(parsed)) {
      throw new RangeError(`the public key of ${name} is of small order`);
    }
    table.set(node, parsed);
  }
  parsedTables.set(keys.public, table);
  return table;
}

function parsePrivateKey(key: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(key, "base64"), format: "der", type: "pkcs8" });
}
