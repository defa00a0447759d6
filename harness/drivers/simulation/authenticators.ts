import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Authenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import { type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import { hash, type Lanes, scramble } from "./fast-hash.ts";

/** Makes the authenticator of one node; every node of a cluster comes from the same maker. */
export type CreateAuthenticator = (self: NodeId) => Authenticator;

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

/** `bytes` is hashed under the signer's key: the tag fits one signer and one content only. */
class FastAuthenticator implements Authenticator {
  readonly self: NodeId;
  readonly #keys: ReadonlyMap<NodeId, Lanes>;
  readonly #own: Lanes;

  constructor(self: NodeId, keys: ReadonlyMap<NodeId, Lanes>) {
    this.self = self;
    this.#keys = keys;
    const own = keys.get(self);
    if (own === undefined) throw new RangeError(`${nodeName(self)} has no key`);
    this.#own = own;
  }

  digest(bytes: Uint8Array): string {
    return fastDigest(bytes);
  }

  sign(bytes: Uint8Array): Uint8Array {
    const { a, b, c, d } = hash(this.#own, bytes);
    const signature = new Uint8Array(SIGNATURE_BYTES);
    const view = new DataView(signature.buffer);
    view.setInt32(0, a);
    view.setInt32(4, b);
    view.setInt32(8, c);
    view.setInt32(12, d);
    return signature;
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
}

/**
 * Keyed fast hashes: no protection against an attacker, the same interface and the same failures.
 */
export function fastAuthenticators(seed: number, nodes: readonly NodeId[]): CreateAuthenticator {
  const keys = new Map(nodes.map((node) => [node, keyOf(seed, node)]));
  return (self) => new FastAuthenticator(self, keys);
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

class Ed25519Authenticator implements Authenticator {
  readonly self: NodeId;
  readonly #keys: ReadonlyMap<NodeId, KeyPair>;
  readonly #own: KeyObject;

  constructor(self: NodeId, keys: ReadonlyMap<NodeId, KeyPair>) {
    this.self = self;
    this.#keys = keys;
    const own = keys.get(self);
    if (own === undefined) throw new RangeError(`${nodeName(self)} has no key`);
    this.#own = own.privateKey;
  }

  digest(bytes: Uint8Array): string {
    return createHash("sha256").update(bytes).digest("hex");
  }

  sign(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, bytes, this.#own));
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys.get(signer);
    if (key === undefined || signature.length !== SIGNATURE_BYTES) return false;
    return verify(null, bytes, key.publicKey, signature);
  }
}

/**
 * Real Ed25519 and SHA-256. The keys are fresh, so bytes differ from run to run; nothing else does.
 */
export function ed25519Authenticators(nodes: readonly NodeId[]): CreateAuthenticator {
  const keys = new Map(nodes.map((node) => [node, generateKeyPairSync("ed25519")]));
  return (self) => new Ed25519Authenticator(self, keys);
}
