import { PairwiseTags } from "../../../nodes/protocols/authentication/pairwise-tags.ts";
import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import { type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import { Ed25519Authenticator, generateKeys, keysOf } from "../../../nodes/runtime/keys.ts";
import { hash, type Lanes, scramble } from "./fast-hash.ts";

/** Makes the authenticator of one node; every node of a cluster comes from the same maker. */
export type CreateAuthenticator = (self: NodeId) => NodeAuthenticator;

const SIGNATURE_BYTES = 64;
const TAG_BYTES = 16;
const DIGEST_KEY: Lanes = { a: 0x1f83_d9ab, b: 0x5be0_cd19, c: 0x6a09_e667, d: 0x3c6e_f372 };

const hexOfPair = Array.from({ length: 65_536 }, (_, pair) => pair.toString(16).padStart(4, "0"));

function hexOfWord(word: number): string {
  return `${hexOfPair[word >>> 16] ?? ""}${hexOfPair[word & 0xffff] ?? ""}`;
}

function fastDigest(bytes: Uint8Array): string {
  const { a, b, c, d } = hash(DIGEST_KEY, bytes);
  const half = hexOfWord(a) + hexOfWord(b) + hexOfWord(c) + hexOfWord(d);
  return (
    half +
    hexOfWord(scramble(a + 1)) +
    hexOfWord(scramble(b + 2)) +
    hexOfWord(scramble(c + 3)) +
    hexOfWord(scramble(d + 4))
  );
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

function bytesOf({ a, b, c, d }: Lanes, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, a);
  view.setInt32(4, b);
  view.setInt32(8, c);
  view.setInt32(12, d);
  return bytes;
}

/**
 * `bytes` is hashed under the signer's key: the signature fits one signer and one content only. It
 * knows the keys of all and uses, for what it says, its own and those that it shares with others.
 */
class FastAuthenticator implements NodeAuthenticator {
  readonly self: NodeId;
  readonly #keys: ReadonlyMap<NodeId, Lanes>;
  readonly #own: Lanes;
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
    const { a, b, c, d } = hash(key, bytes);
    const view = new DataView(signature.buffer, signature.byteOffset, SIGNATURE_BYTES);
    if (view.getInt32(0) !== a || view.getInt32(4) !== b) return false;
    if (view.getInt32(8) !== c || view.getInt32(12) !== d) return false;
    for (let at = TAG_BYTES; at < SIGNATURE_BYTES; at += 4) {
      if (view.getInt32(at) !== 0) return false;
    }
    return true;
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
