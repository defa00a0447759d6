import { PairwiseTags } from "../../../nodes/protocols/authentication/pairwise-tags.ts";
import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import { type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import {
  type ChosenKeys,
  emptyRing,
  type KeyExchange,
  type SealedPlace,
} from "../../../nodes/protocols/contract/key-exchange.ts";
import { sameBytes, Writer } from "../../../nodes/protocols/wire/codec.ts";
import { Ed25519Authenticator, generateKeys, keysOf } from "../../../nodes/runtime/keys.ts";
import { hash, type Lanes, scramble, wordAt } from "./fast-hash.ts";

/** Makes the authenticator of one node; every node of a cluster comes from the same maker. */
export type CreateAuthenticator = (self: NodeId) => NodeAuthenticator;

const SIGNATURE_BYTES = 64;
const TAG_BYTES = 16;
const DIGEST_KEY: Lanes = { a: 0x1f83_d9ab, b: 0x5be0_cd19, c: 0x6a09_e667, d: 0x3c6e_f372 };

const hexOfPair = Array.from({ length: 65_536 }, (_, pair) => pair.toString(16).padStart(4, "0"));

function hexOfWord(word: number): string {
  return `${hexOfPair[word >>> 16] ?? ""}${hexOfPair[word & 0xffff] ?? ""}`;
}

interface Digested {
  readonly lanes: Lanes;
  readonly hex: string;
}

/** Every replica digests the same messages: the last digests, by the end of their first lane. */
const DIGESTED_MAX = 4096;
const digested: (Digested | undefined)[] = Array.from({ length: DIGESTED_MAX });

export function fastDigest(bytes: Uint8Array): string {
  const lanes = hash(DIGEST_KEY, bytes);
  const at = lanes.a & (DIGESTED_MAX - 1);
  const known = digested[at];
  if (known !== undefined && sameLanes(known.lanes, lanes)) return known.hex;
  const hex = hexOf(lanes);
  digested[at] = { lanes, hex };
  return hex;
}

function sameLanes(one: Lanes, other: Lanes): boolean {
  return one.a === other.a && one.b === other.b && one.c === other.c && one.d === other.d;
}

/** As long as a real one; more bits would make it slower and no better. */
function hexOf({ a, b, c, d }: Lanes): string {
  const half = hexOfWord(a) + hexOfWord(b) + hexOfWord(c) + hexOfWord(d);
  return half + half;
}

function keyOf(seed: number, node: NodeId): Lanes {
  const root = scramble(seed | 0) ^ scramble(node + 0x9e37_79b9);
  return {
    a: scramble(root + 1),
    b: scramble(root + 2),
    c: scramble(root + 3),
    d: scramble(root + 4),
  };
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

function bytesOf({ a, b, c, d }: Lanes, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  writeWord(bytes, 0, a);
  writeWord(bytes, 4, b);
  writeWord(bytes, 8, c);
  writeWord(bytes, 12, d);
  return bytes;
}

function lanesOf(key: Uint8Array): Lanes {
  return { a: wordAt(key, 0), b: wordAt(key, 4), c: wordAt(key, 8), d: wordAt(key, 12) };
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  return new Writer(one.length + other.length).raw(one).raw(other).finish();
}

/** Nothing else that is signed begins like this. */
function labelled(newKey: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(0xff), newKey);
}

/** The same again makes it plain. */
function masked(key: Uint8Array, lanes: Lanes, about: Uint8Array): Uint8Array {
  const mask = bytesOf(hash(lanes, joined(Uint8Array.of(1), about)), TAG_BYTES);
  return key.map((byte, at) => byte ^ (mask[at] ?? 0));
}

function sealOf(lanes: Lanes, about: Uint8Array, key: Uint8Array): Uint8Array {
  return bytesOf(hash(lanes, joined(about, key)), TAG_BYTES);
}

/**
 * `bytes` is hashed under the signer's key: the signature fits one signer and one content only. It
 * knows the keys of all and uses, for what it says, its own and those that it shares with others.
 */
class FastAuthenticator implements NodeAuthenticator {
  readonly self: NodeId;
  readonly #keys: ReadonlyMap<NodeId, Lanes>;
  readonly #own: Lanes;
  readonly exchange: KeyExchange;
  readonly #tags: PairwiseTags<Lanes>;

  constructor(self: NodeId, keys: ReadonlyMap<NodeId, Lanes>) {
    this.self = self;
    this.#keys = keys;
    const own = keys.get(self);
    if (own === undefined) throw new RangeError(`${nodeName(self)} has no key`);
    this.#own = own;
    this.#tags = new PairwiseTags({
      self,
      keyOf: (sender, receiver) => this.#shared(sender, receiver),
      codeOf: (key, bytes) => bytesOf(hash(key, bytes), TAG_BYTES),
    });
    this.exchange = {
      ring: emptyRing(),
      codeOf: (key, bytes) => bytesOf(hash(lanesOf(key), bytes), TAG_BYTES),
      choose: (senders, about) => this.#choose(senders, about),
      sealedBytes: (senders) => 2 * TAG_BYTES * senders,
      open: (author, sealed, place) => this.#open(author, sealed, place),
      sign: (newKey) => this.sign(labelled(newKey)),
      verify: (author, newKey, signature) => this.verify(author, labelled(newKey), signature),
    };
  }

  digest(bytes: Uint8Array): string {
    return fastDigest(bytes);
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    return this.#tags.tag(receiver, bytes);
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    return this.#tags.checkTag(sender, bytes, tag);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return bytesOf(hash(this.#own, bytes), SIGNATURE_BYTES);
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys.get(signer);
    if (key === undefined || signature.length !== SIGNATURE_BYTES) return false;
    if (!sameLanes(hash(key, bytes), lanesOf(signature))) return false;
    for (let at = TAG_BYTES; at < SIGNATURE_BYTES; at += 1) {
      if (signature[at] !== 0) return false;
    }
    return true;
  }

  /** Made of its own key and what they are about, so that the same run has the same keys. */
  #choose(senders: readonly NodeId[], about: Uint8Array): ChosenKeys {
    const keys = senders.map((sender) =>
      bytesOf(hash(this.#own, new Writer(about.length + 4).raw(about).u32(sender).finish()), 16),
    );
    const entries = senders.map((sender, at) => {
      const lanes = this.#shared(this.self, sender);
      if (lanes === null) return new Uint8Array(2 * TAG_BYTES);
      const key = masked(keys[at] as Uint8Array, lanes, about);
      return new Writer(2 * TAG_BYTES)
        .raw(key)
        .raw(sealOf(lanes, about, key))
        .finish();
    });
    return { keys, sealed: entries.reduce(joined, new Uint8Array(0)) };
  }

  #open(author: NodeId, sealed: Uint8Array, { at, about }: SealedPlace): Uint8Array | null {
    const lanes = this.#shared(author, this.self);
    const entry = sealed.subarray(2 * TAG_BYTES * at, 2 * TAG_BYTES * (at + 1));
    if (lanes === null || entry.length !== 2 * TAG_BYTES) return null;
    const key = entry.subarray(0, TAG_BYTES);
    const isIntact = sameBytes(entry.subarray(TAG_BYTES), sealOf(lanes, about, key));
    return isIntact ? masked(key, lanes, about) : null;
  }

  /** Of both ends, in this order: the other direction has another key. */
  #shared(sender: NodeId, receiver: NodeId): Lanes | null {
    const from = this.#keys.get(sender);
    const to = this.#keys.get(receiver);
    if (from === undefined || to === undefined) return null;
    return { a: from.a ^ to.b, b: from.b ^ to.c, c: from.c ^ to.d, d: from.d ^ to.a };
  }
}

/**
 * Keyed fast hashes: no protection against an attacker, the same interface and the same failures.
 */
export function fastAuthenticators(seed: number, nodes: readonly NodeId[]): CreateAuthenticator {
  const keys = new Map(nodes.map((node) => [node, keyOf(seed, node)]));
  return (self) => new FastAuthenticator(self, keys);
}

/**
 * Real keys, digests and codes. The keys are fresh, so bytes differ from run to run; nothing else
 * does.
 */
export function ed25519Authenticators(nodes: readonly NodeId[]): CreateAuthenticator {
  const keys = generateKeys(nodes.map(nodeName));
  return (self) => new Ed25519Authenticator(self, keysOf(keys, [nodeName(self)]));
}
