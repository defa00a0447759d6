/**
 * What a replica writes to its log before it speaks (reference 7.1). A record is what must survive;
 * the order of `persist` and `send` is in the rules that write them.
 */
import type { ProofFrame } from "../authentication/scheme.ts";
import { Reader, Writer } from "../wire/codec.ts";
import type { OwnCheckpoint } from "./checkpoint-store.ts";
import type { PreparedCertificate } from "./log.ts";
import type { ReplicaState } from "./replica-state.ts";

export const RECORD = {
  /** sequence, digest of the root, whose pages come before it: before CHECKPOINT */
  snapshot: 1,
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
  /** sequence, digest, batch: a body fetched for a number that NEW-VIEW selected, before PREPARE */
  body: 8,
  /** a node of the page tree that no earlier record of the log holds */
  page: 9,
} as const;

/** Of the state only what the log does not hold yet. */
export function snapshotRecords(
  state: ReplicaState,
  { sequence, digest, root }: OwnCheckpoint,
): Uint8Array[] {
  const records = state.loggedPages.missing(root).map(pageRecord);
  records.push(new Writer(41).u8(RECORD.snapshot).u64(sequence).digest(digest).finish());
  return records;
}

function pageRecord(node: Uint8Array): Uint8Array {
  return new Writer(1 + node.length).u8(RECORD.page).raw(node).finish();
}

export function stableRecord(stable: {
  sequence: number;
  digest: string;
  proof: readonly ProofFrame[];
}): Uint8Array {
  return new Writer(1024)
    .u8(RECORD.stable)
    .u64(stable.sequence)
    .digest(stable.digest)
    .blobs(stable.proof)
    .finish();
}

export function prePreparedRecord(frame: ProofFrame, batch: Uint8Array): Uint8Array {
  return new Writer(frame.length + batch.length + 16)
    .u8(RECORD.prePrepared)
    .blob(frame)
    .blob(batch)
    .finish();
}

export function preparedRecord({ prePrepare, prepares }: PreparedCertificate): Uint8Array {
  return new Writer(1024)
    .u8(RECORD.prepared)
    .blob(prePrepare)
    .blobs(prepares.map(([, frame]) => frame))
    .finish();
}

export function decidedRecord(commits: readonly ProofFrame[], batch: Uint8Array): Uint8Array {
  return new Writer(1024).u8(RECORD.decided).blobs(commits).blob(batch).finish();
}

export function viewChangeRecord(frame: ProofFrame): Uint8Array {
  return new Writer(frame.length + 8).u8(RECORD.viewChange).blob(frame).finish();
}

export function newViewRecord(frame: ProofFrame): Uint8Array {
  return new Writer(frame.length + 8).u8(RECORD.newView).blob(frame).finish();
}

export function bodyRecord(sequence: number, digest: string, batch: Uint8Array): Uint8Array {
  return new Writer(batch.length + 64)
    .u8(RECORD.body)
    .u64(sequence)
    .digest(digest)
    .blob(batch)
    .finish();
}

export function readRecord(bytes: Uint8Array): { kind: number; body: Reader } {
  const body = new Reader(bytes);
  return { kind: body.u8(), body };
}
