/**
 * What stands behind a message. The cores count what they believe; a scheme says why one replica
 * believes a frame, and whether anybody else will. With signatures the frame itself convinces
 * everyone. A vector of codes convinces whom it was made for and nobody else, so there is nothing
 * to hand on, and no `ProofFrame`, until so many vouch for it that their vectors together do.
 */
import type { NodeId } from "../contract/core.ts";
import type { Envelope } from "../wire/envelope.ts";

/**
 * What a replica says, before it is sealed. This is what is kept for sending again: what stands
 * behind it may depend on the receiver, and be another one tomorrow.
 */
export interface Content {
  readonly type: number;
  readonly payload: Uint8Array;
}

export type Receiver = NodeId | "all";

/**
 * `old keys`: its tag is under none of the keys in force, by the number that it bears. An honest
 * sender has not heard of them yet, or sent it before.
 */
export type Stamp = "signature" | "MAC" | "old keys";

/** Seals and opens the messages of one node in one cluster. */
export interface AuthenticationScheme {
  readonly self: NodeId;
  /** What a message that this node is not certain of lacks, as rejections have it. */
  lacks(envelope: Envelope): Stamp;
  /** Whether it may convince others and not this replica: then who passes it on is not to blame. */
  mayFail?(envelope: Envelope): boolean;
  /**
   * May somebody else bring it? Where the bytes say who made them: not where only the channel does,
   * nor what was made for one receiver, to whom its author sends it.
   */
  isPortable(envelope: Envelope): boolean;
  /** @returns 64 lower-case hex digits */
  digest(bytes: Uint8Array): string;
  /** @param attachment bodies that the payload names by digest */
  seal(content: Content, receiver: Receiver, attachment?: Uint8Array): Uint8Array;
  /** @returns null for bytes that are no message of this cluster, epoch and scheme */
  open(bytes: Uint8Array): Envelope | null;
  /** Is this node itself certain that the sender made it? */
  verify(envelope: Envelope): boolean;
}

declare const convinces: unique symbol;

/**
 * One whole message, without attachment, that convinces whoever reads it of who made it. Only two
 * schemes make such bytes, of what they sealed, verified or find in the own log: `signatures.ts`
 * with the author's signature, `pbft/proofs/proof-vectors.ts` with the vectors of those who vouch.
 * Certificates and whatever else is handed on as evidence consist of them, so a variant whose
 * messages convince their receivers alone cannot build any.
 */
export type ProofFrame = Uint8Array & { readonly [convinces]: "everyone" };
