import type { NodeId } from "./core.ts";

/**
 * Digests and signatures of one node, synchronous. Implemented by Ed25519 + SHA-256 in
 * `nodes/runtime` and by a keyed fast hash in the simulator. It can sign with this node's own key
 * only, and knows every node's public part.
 */
export interface Authenticator {
  readonly self: NodeId;
  /** @returns 64 lower-case hex digits */
  digest(bytes: Uint8Array): string;
  /** @returns the signature of this node over exactly `bytes` */
  sign(bytes: Uint8Array): Uint8Array;
  /** False for an unknown signer, a wrong length or a bad signature; never throws. */
  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean;
}
