/**
 * What a replica writes to its log before it speaks, where it remembers in place of proving
 * (protocols §20.9). Contents only: what stands behind a message is made anew whenever it is sent.
 */
import type { NodeId } from "../../contract/core.ts";
import { type Reader, Writer } from "../../wire/codec.ts";
import type { StableCheckpoint } from "../checkpoint-store.ts";
import type { Agreed, Decided } from "../log.ts";
import type { Vote } from "../messages.ts";
import type { Ack } from "./messages.ts";

/** Beside the records that every variant writes. */
export const CLAIM_RECORD = {
  /** sequence, digest, who: before anything at or below it is discarded */
  stable: 2,
  /** vote, batch: before PREPARE, or before the primary's PRE-PREPARE; an entry of Q, too */
  prePrepared: 3,
  /** vote, who: an entry of P, before COMMIT */
  prepared: 4,
  /** vote without its view, who, batch: before a reply for a number that was not prepared here */
  decided: 5,
  /** payload of the own VIEW-CHANGE: before it is sent; only this content is sent again */
  viewChange: 6,
  /** payload of the NEW-VIEW: before it is sent (primary), before PREPAREs for its X (backup) */
  newView: 7,
  /** vote: an entry of Q of an older view */
  q: 10,
  /** author, payload of its VIEW-CHANGE: before VIEW-CHANGE-ACK, before NEW-VIEW */
  otherViewChange: 11,
  /** the highest number of a base that was entered or a state that was installed */
  reached: 12,
  /** view, author, name of its VIEW-CHANGE, on the word of others: before it is relayed */
  relayed: 13,
} as const;

export function stableRecord({ sequence, digest, by }: StableCheckpoint): Uint8Array {
  const writer = new Writer(64).u8(CLAIM_RECORD.stable).u64(sequence).digest(digest);
  return writeIds(writer, by).finish();
}

export function prePreparedRecord(vote: Vote, batch: Uint8Array): Uint8Array {
  const writer = new Writer(batch.length + 64).u8(CLAIM_RECORD.prePrepared);
  return writeVote(writer, vote).blob(batch).finish();
}

export function preparedRecord(prepared: Vote & Agreed): Uint8Array {
  const writer = writeVote(new Writer(96).u8(CLAIM_RECORD.prepared), prepared);
  return writeIds(writer, prepared.by).finish();
}

export function decidedRecord(
  { sequence, digest, by }: Decided & { readonly sequence: number },
  batch: Uint8Array,
): Uint8Array {
  const writer = new Writer(batch.length + 96).u8(CLAIM_RECORD.decided);
  return writeIds(writer.u64(sequence).digest(digest), by).blob(batch).finish();
}

export function viewChangeRecord(payload: Uint8Array): Uint8Array {
  return new Writer(payload.length + 8).u8(CLAIM_RECORD.viewChange).blob(payload).finish();
}

export function newViewRecord(payload: Uint8Array): Uint8Array {
  return new Writer(payload.length + 8).u8(CLAIM_RECORD.newView).blob(payload).finish();
}

export function qRecord(vote: Vote): Uint8Array {
  return writeVote(new Writer(64).u8(CLAIM_RECORD.q), vote).finish();
}

export function otherViewChangeRecord(author: NodeId, payload: Uint8Array): Uint8Array {
  const writer = new Writer(payload.length + 16).u8(CLAIM_RECORD.otherViewChange).u32(author);
  return writer.blob(payload).finish();
}

export function relayedRecord({ view, replica, name }: Ack): Uint8Array {
  return new Writer(48).u8(CLAIM_RECORD.relayed).u64(view).u32(replica).digest(name).finish();
}

export function readAck(body: Reader): Ack {
  return { view: body.u64(), replica: body.u32(), name: body.digest() };
}

export function reachedRecord(sequence: number): Uint8Array {
  return new Writer(16).u8(CLAIM_RECORD.reached).u64(sequence).finish();
}

function writeVote(writer: Writer, { view, sequence, digest }: Vote): Writer {
  return writer.u64(view).u64(sequence).digest(digest);
}

export function readVote(body: Reader): Vote {
  return { view: body.u64(), sequence: body.u64(), digest: body.digest() };
}

function writeIds(writer: Writer, ids: readonly NodeId[]): Writer {
  writer.u16(ids.length);
  for (const id of ids) writer.u32(id);
  return writer;
}

export function readIds(body: Reader): readonly NodeId[] {
  const ids: NodeId[] = [];
  for (let left = body.u16(); left > 0 && body.ok; left--) ids.push(body.u32());
  return ids;
}
