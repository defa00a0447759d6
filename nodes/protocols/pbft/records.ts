/**
 * What a replica writes to its log before it speaks (protocols §13.1). A record is what must
 * survive; the order of `persist` and `send` is in the rules that write them.
 */
import { Reader, Writer } from "../wire/codec.ts";
import type { OwnCheckpoint, WrongState } from "./checkpoint-store.ts";
import type { ReplicaState } from "./replica-state.ts";

/** The numbers between are the variant's (`certificates/records.ts`). */
export const RECORD = {
  /** sequence, digest of the root, whose pages come before it: before CHECKPOINT */
  snapshot: 1,
  /** sequence, digest, batch: a body fetched for a number that NEW-VIEW selected, before PREPARE */
  body: 8,
  /** a node of the page tree that no earlier record of the log holds */
  page: 9,
  /** sequence, own digest, stable one: before it is told that the own state is wrong */
  wrongState: 14,
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

export function bodyRecord(sequence: number, digest: string, batch: Uint8Array): Uint8Array {
  return new Writer(batch.length + 64)
    .u8(RECORD.body)
    .u64(sequence)
    .digest(digest)
    .blob(batch)
    .finish();
}

export function wrongStateRecord({ sequence, own, stable }: WrongState): Uint8Array {
  return new Writer(80).u8(RECORD.wrongState).u64(sequence).digest(own).digest(stable).finish();
}

export function readWrongState(body: Reader): WrongState {
  return { sequence: body.u64(), own: body.digest(), stable: body.digest() };
}

export function readRecord(bytes: Uint8Array): { kind: number; body: Reader } {
  const body = new Reader(bytes);
  return { kind: body.u8(), body };
}
