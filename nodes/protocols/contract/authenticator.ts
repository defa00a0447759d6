import type { NodeId } from "./core.ts";
import type { KeyExchange } from "./key-exchange.ts";
import { type RequestVerifier, requestVerifier } from "./request-signatures.ts";

/**
 * What the keys of one node can do, synchronous, in parts: a core gets the part that its protocol
 * is about. Implemented by SHA-256, Ed25519 and SipHash in `nodes/runtime` and by keyed fast hashes
 * in the simulator.
 */
export interface Digester {
  readonly self: NodeId;
  /** @returns 64 lower-case hex digits */
  digest(bytes: Uint8Array): string;
}

/** It can sign with this node's own key only, and knows every node's public part. */
export interface Authenticator extends Digester {
  /** @returns the signature of this node over exactly `bytes` */
  sign(bytes: Uint8Array): Uint8Array;
  /** False for an unknown signer, a wrong length or a bad signature; never throws. */
  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** The number of a key, and a MAC of 128 bits under it. */
export const TAG_BYTES = 4 + 16;

/**
 * Message authentication codes: a tag convinces the one node that it was made for, and nobody else.
 * Whoever holds nothing but this cannot sign. A tag covers who made it for whom and under which
 * key, so it does not count in the other direction, nor under an older or newer key.
 */
export interface MessageAuthenticator extends Digester {
  /** @returns `TAG_BYTES` bytes; for an unknown receiver such as convince nobody */
  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array;
  /** False for an unknown sender, a wrong length, key or tag; never throws. */
  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean;
}

/** Tags under long-term keys, and the way to others. */
interface TaggingAuthenticator extends MessageAuthenticator {
  readonly exchange: KeyExchange;
}

/** It reads what clients sign, where they do, and cannot sign. */
export interface UnsignedAuthenticator extends TaggingAuthenticator {
  readonly requests: RequestVerifier;
}

/** Everything that a node can do. */
export interface NodeAuthenticator extends Authenticator, TaggingAuthenticator {}

/** @returns what can tag and cannot sign, whatever else `keys` can do */
export function withoutSigning(keys: NodeAuthenticator): UnsignedAuthenticator {
  return {
    requests: requestVerifier(keys),
    exchange: keys.exchange,
    self: keys.self,
    digest: (bytes) => keys.digest(bytes),
    tag: (receiver, bytes) => keys.tag(receiver, bytes),
    checkTag: (sender, bytes, tag) => keys.checkTag(sender, bytes, tag),
  };
}
