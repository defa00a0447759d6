/**
 * What a replica writes to its log before it speaks, where it shows things to others: proofs, to be
 * shown again after a restart, and what it said and accepted, as its author sealed it.
 */
import type { ProofFrame } from "../../authentication/scheme.ts";
import { Writer } from "../../wire/codec.ts";
import type { CertificateFrames } from "../messages.ts";

/** Beside the records that every variant writes. */
export const PROOF_RECORD = {
  /** sequence, digest, proof: before anything at or below it is discarded */
  stable: 2,
  /** PRE-PREPARE frame, batch: before PREPARE, or before the primary's PRE-PREPARE */
  prePrepared: 3,
  /** PRE-PREPARE frame, PREPARE frames: before COMMIT */
  prepared: 4,
  /** COMMIT frames, batch: before a reply for a number without own certificate */
  decided: 5,
  /** own VIEW-CHANGE frame: before it is sent; after a restart only these bytes are sent again */
  viewChange: 6,
  /** NEW-VIEW frame: before it is sent (primary), before PREPAREs for its O (backup) */
  newView: 7,
  /** COMMIT frames, of what a snapshot covers: before CHECKPOINT */
  covered: 15,
} as const;

export function stableRecord(stable: {
  sequence: number;
  digest: string;
  proof: readonly ProofFrame[];
}): Uint8Array {
  return new Writer(1024)
    .u8(PROOF_RECORD.stable)
    .u64(stable.sequence)
    .digest(stable.digest)
    .blobs(stable.proof)
    .finish();
}

export function prePreparedRecord(frame: Uint8Array, batch: Uint8Array): Uint8Array {
  return new Writer(frame.length + batch.length + 16)
    .u8(PROOF_RECORD.prePrepared)
    .blob(frame)
    .blob(batch)
    .finish();
}

export function preparedRecord({ prePrepare, prepares }: CertificateFrames): Uint8Array {
  return new Writer(1024).u8(PROOF_RECORD.prepared).blob(prePrepare).blobs(prepares).finish();
}

export function decidedRecord(commits: readonly ProofFrame[], batch: Uint8Array): Uint8Array {
  return new Writer(1024).u8(PROOF_RECORD.decided).blobs(commits).blob(batch).finish();
}

export function coveredRecord(commits: readonly ProofFrame[]): Uint8Array {
  return new Writer(1024).u8(PROOF_RECORD.covered).blobs(commits).finish();
}

export function viewChangeRecord(frame: Uint8Array): Uint8Array {
  return new Writer(frame.length + 8).u8(PROOF_RECORD.viewChange).blob(frame).finish();
}

export function newViewRecord(frame: Uint8Array): Uint8Array {
  return new Writer(frame.length + 8).u8(PROOF_RECORD.newView).blob(frame).finish();
}
