/**
 * What certificates are made of. Who says something, and who hears it, is certain of it at once;
 * what convinces everybody else may come later. Signed messages need nothing more; where nothing is
 * signed, others have to vouch.
 */
import type { AuthenticationScheme, Content, ProofFrame } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import type { Envelope } from "../../wire/envelope.ts";

/** A message that this replica is certain of. */
export interface Provable {
  /** As its author sealed it, or its proof; without attachment. */
  readonly frame: Uint8Array;
  /** Null: it does not convince everybody yet. */
  readonly proof: ProofFrame | null;
}

/** Makes messages convince everybody, and is convinced by those of others. */
export interface Prover {
  readonly scheme: AuthenticationScheme;
  /** Does it take the word of others? */
  readonly vouches: boolean;
  /** This replica says it to all. */
  said(content: Content): Provable;
  /** It was verified here. @param from the channel's peer, who may be another than its author */
  heard(envelope: Envelope, from: NodeId): Provable;
  /**
   * So was this one, and there are other messages in it.
   * @param holds is this replica certain of those, too? Who vouches for the whole says so.
   */
  heardWith(envelope: Envelope, holds: () => boolean): Provable;
  /** It stands in a verified message of its own author. @returns null if it does not hold */
  contained(envelope: Envelope): Provable | null;
  /** Out of the own log: it was said or heard before. */
  recalled(frame: Uint8Array): Provable;
  /** A frame out of somebody's message, where it stands. @returns null if it proves nothing */
  prove(frame: Uint8Array): ProofFrame | null;
  /** Out of the own log or an own message: it was a proof when it was written there. */
  written(frame: Uint8Array): ProofFrame;
}
