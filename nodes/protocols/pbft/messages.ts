/**
 * The messages between PBFT replicas (protocols §2.2): types, payload layouts, and how each is read
 * back. Whoever forges messages (Byzantine behaviours) uses the same encoders with its own key.
 */

import type { ProofFrame } from "../authentication/scheme.ts";
import { type ClusterSize, quorumSize } from "../quorum.ts";
import { Reader, Writer } from "../wire/codec.ts";
import type { Envelope } from "../wire/envelope.ts";
import { CLIENT_MESSAGE_TYPES } from "../wire/request.ts";

export const PRE_PREPARE = 3;
export const PREPARE = 4;
export const COMMIT = 5;
export const CHECKPOINT = 6;
export const VIEW_CHANGE = 7;
export const NEW_VIEW = 8;
export const STATUS = 9;
export const FETCH_STATE = 10;
export const STATE_PAGES = 11;
export const FETCH_BODY = 12;
export const BODY = 13;

export const PBFT_MESSAGE_TYPES = {
  ...CLIENT_MESSAGE_TYPES,
  "PRE-PREPARE": PRE_PREPARE,
  PREPARE,
  COMMIT,
  CHECKPOINT,
  "VIEW-CHANGE": VIEW_CHANGE,
  "NEW-VIEW": NEW_VIEW,
  STATUS,
  "FETCH-STATE": FETCH_STATE,
  "STATE-PAGES": STATE_PAGES,
  "FETCH-BODY": FETCH_BODY,
  BODY,
} as const;

export const STATUS_SLOTS_MAX = 256;

/** What the lists of a message are bounded by: none has more items than an honest one. */
export interface ViewSize extends ClusterSize {
  readonly window: number;
}

/** Payload of PRE-PREPARE, PREPARE and COMMIT. */
export interface Vote {
  readonly view: number;
  readonly sequence: number;
  readonly digest: string;
}

export function encodeVote({ view, sequence, digest }: Vote): Uint8Array {
  return new Writer(48).u64(view).u64(sequence).digest(digest).finish();
}

export function decodeVote(payload: Uint8Array): Vote | null {
  const reader = new Reader(payload);
  const vote = { view: reader.u64(), sequence: reader.u64(), digest: reader.digest() };
  return reader.complete ? vote : null;
}

/** Payload of CHECKPOINT, FETCH-BODY and BODY. */
export interface CheckpointVote {
  readonly sequence: number;
  readonly digest: string;
}

export function encodeCheckpoint({ sequence, digest }: CheckpointVote): Uint8Array {
  return new Writer(40).u64(sequence).digest(digest).finish();
}

export function decodeCheckpoint(payload: Uint8Array): CheckpointVote | null {
  const reader = new Reader(payload);
  const vote = { sequence: reader.u64(), digest: reader.digest() };
  return reader.complete ? vote : null;
}

/**
 * A prepared certificate: the PRE-PREPARE without bodies and Q-1 matching PREPAREs. What is written
 * consists of proofs; of what is read that has yet to be shown.
 */
export interface CertificateFrames<Frame extends Uint8Array = ProofFrame> {
  readonly prePrepare: Frame;
  readonly prepares: readonly Frame[];
}

export interface ViewChange<Frame extends Uint8Array = ProofFrame> {
  readonly view: number;
  /** `h`, proved by `checkpoints` (empty at genesis). */
  readonly stable: number;
  readonly checkpoints: readonly Frame[];
  readonly prepared: readonly CertificateFrames<Frame>[];
}

export function encodeViewChange(message: ViewChange): Uint8Array {
  const writer = new Writer(4096).u64(message.view).u64(message.stable);
  writer.blobs(message.checkpoints).u32(message.prepared.length);
  for (const { prePrepare, prepares } of message.prepared) writer.blob(prePrepare).blobs(prepares);
  return writer.finish();
}

export function decodeViewChange(
  payload: Uint8Array,
  cluster: ViewSize,
): ViewChange<Uint8Array> | null {
  const quorum = quorumSize(cluster);
  const reader = new Reader(payload);
  const view = reader.u64();
  const stable = reader.u64();
  const checkpoints = reader.blobs(quorum);
  const count = reader.u32();
  if (count > cluster.window) return null;
  const prepared: CertificateFrames<Uint8Array>[] = [];
  while (reader.ok && prepared.length < count) {
    prepared.push({ prePrepare: reader.blob(), prepares: reader.blobs(quorum - 1) });
  }
  return reader.complete ? { view, stable, checkpoints, prepared } : null;
}

export interface NewView<Frame extends Uint8Array = ProofFrame> {
  readonly view: number;
  /** V: VIEW-CHANGE frames of Q distinct replicas. */
  readonly viewChanges: readonly Frame[];
  /** O: PRE-PREPARE frames without bodies, ascending, no gaps, as their author sealed them. */
  readonly prePrepares: readonly Uint8Array[];
}

export function encodeNewView({ view, viewChanges, prePrepares }: NewView): Uint8Array {
  return new Writer(16_384).u64(view).blobs(viewChanges).blobs(prePrepares).finish();
}

export function decodeNewView(payload: Uint8Array, cluster: ViewSize): NewView<Uint8Array> | null {
  const reader = new Reader(payload);
  const view = reader.u64();
  const viewChanges = reader.blobs(quorumSize(cluster));
  const prePrepares = reader.blobs(cluster.window);
  return reader.complete ? { view, viewChanges, prePrepares } : null;
}

/**
 * What a replica has and lacks, so that peers resend what fills the gaps (protocols §11.1).
 * @template Part what the variant tells beside it
 */
export interface Status<Part> {
  readonly view: number;
  readonly active: boolean;
  readonly stable: number;
  readonly lastExec: number;
  readonly part: Part;
  /** For `lastExec + 1 ...`: bit 0 pre-prepared, bit 1 prepared, bit 2 committed. */
  readonly slots: Uint8Array;
}

export const HAS_PRE_PREPARE = 1;
export const HAS_PREPARED = 2;
export const HAS_COMMITTED = 4;

export function encodeStatus(status: Status<Uint8Array>): Uint8Array {
  return new Writer(64 + status.part.length + status.slots.length)
    .u64(status.view)
    .u8(status.active ? 1 : 0)
    .u64(status.stable)
    .u64(status.lastExec)
    .raw(status.part)
    .blob(status.slots)
    .finish();
}

/** @param readPart reads exactly the part; null if it is malformed */
export function decodeStatus<Part>(
  payload: Uint8Array,
  readPart: (reader: Reader) => Part | null,
): Status<Part> | null {
  const reader = new Reader(payload);
  const view = reader.u64();
  const active = reader.u8() === 1;
  const stable = reader.u64();
  const lastExec = reader.u64();
  const part = readPart(reader);
  const slots = reader.blob();
  if (part === null || !reader.complete || slots.length > STATUS_SLOTS_MAX) return null;
  return { view, active, stable, lastExec, part, slots };
}

/**
 * The part of STATUS where VIEW-CHANGEs are signed: the highest view for which one of each replica
 * is known, by replica id; 0 = none.
 */
export function encodeViews(views: readonly number[]): Uint8Array {
  const writer = new Writer(4 + 8 * views.length).u32(views.length);
  for (const view of views) writer.u64(view);
  return writer.finish();
}

export function readViews(reader: Reader, { replicas }: ClusterSize): readonly number[] | null {
  if (reader.u32() !== replicas) return null;
  const views: number[] = [];
  while (views.length < replicas) views.push(reader.u64());
  return views;
}

/** Opens a message out of a certificate: no attachment may hide behind it. */
export function bare(envelope: Envelope | null, type: number): Envelope | null {
  return envelope && envelope.type === type && envelope.attachment.length === 0 ? envelope : null;
}
