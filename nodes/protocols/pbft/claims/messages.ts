/**
 * The messages of a view change without signatures (protocols §20.3): claims in place of
 * certificates, and what vouches for those who made them. Lists ascend, so equal messages have
 * equal bytes and no claim is in one twice.
 */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { type ClusterSize, quorumSize } from "../../quorum.ts";
import { Reader, Writer } from "../../wire/codec.ts";
import type { CheckpointVote, ViewSize, Vote } from "../messages.ts";
import type { Claims, PreparedClaim, Selection } from "./selection.ts";

export const VIEW_CHANGE_ACK = 14;
export const DECIDED = 15;
export const COPY = 16;

export const CLAIM_MESSAGE_TYPES = {
  "VIEW-CHANGE-ACK": VIEW_CHANGE_ACK,
  DECIDED,
  COPY,
} as const;

/** Of every list of claims: honest ones are about few windows of numbers. */
export function claimsMax({ window }: ViewSize): number {
  return 8 * window;
}

/** What somebody said, without what stood behind it when it was sent. */
export interface Said {
  readonly type: number;
  readonly author: NodeId;
  readonly payload: Uint8Array;
}

/** Names what was said: over its content alone, since its author may seal it wrongly for some. */
export function nameOf(scheme: AuthenticationScheme, said: Said): string {
  return scheme.digest(encodeSaid(said));
}

/** The attachment of COPY. */
export function encodeSaid({ type, author, payload }: Said): Uint8Array {
  return new Writer(payload.length + 5).u8(type).u32(author).raw(payload).finish();
}

export function decodeSaid(bytes: Uint8Array): Said | null {
  const reader = new Reader(bytes);
  const said = { type: reader.u8(), author: reader.u32(), payload: reader.rest() };
  return reader.complete ? said : null;
}

export function encodeName(name: string): Uint8Array {
  return new Writer(32).digest(name).finish();
}

export function decodeName(payload: Uint8Array): string | null {
  const reader = new Reader(payload);
  const name = reader.digest();
  return reader.complete ? name : null;
}

export interface ViewChange extends Claims {
  readonly view: number;
}

export function encodeViewChange(message: ViewChange): Uint8Array {
  const { view, stable, checkpoints, prepared, prePrepared } = message;
  const writer = new Writer(1024).u64(view).u64(stable).u32(checkpoints.length);
  for (const checkpoint of [...checkpoints].sort(bySequence)) {
    writer.u64(checkpoint.sequence).digest(checkpoint.digest);
  }
  const p = [...prepared].map(([sequence, claim]) => ({ sequence, ...claim }));
  const q = [...prePrepared].flatMap(([sequence, digests]) =>
    [...digests].map(([digest, latest]) => ({ sequence, digest, view: latest })),
  );
  writeVotes(writer, p.sort(bySequence));
  writeVotes(
    writer,
    q.sort((a, b) => bySequence(a, b) || (a.digest < b.digest ? -1 : 1)),
  );
  return writer.finish();
}

/** @returns null also for lists that do not ascend, or are longer than an honest one's */
export function decodeViewChange(payload: Uint8Array, cluster: ViewSize): ViewChange | null {
  const reader = new Reader(payload);
  const view = reader.u64();
  const stable = reader.u64();
  const checkpoints = readCheckpoints(reader, claimsMax(cluster));
  const prepared = readPrepared(reader, claimsMax(cluster));
  const prePrepared = readPrePrepared(reader, claimsMax(cluster));
  if (!reader.complete || !checkpoints || !prepared || !prePrepared) return null;
  return { view, stable, checkpoints, prepared, prePrepared };
}

function bySequence(a: { readonly sequence: number }, b: { readonly sequence: number }): number {
  return a.sequence - b.sequence;
}

function writeVotes(writer: Writer, votes: readonly Vote[]): void {
  writer.u32(votes.length);
  for (const { sequence, view, digest } of votes) writer.u64(sequence).u64(view).digest(digest);
}

function readVote(reader: Reader): Vote {
  return { sequence: reader.u64(), view: reader.u64(), digest: reader.digest() };
}

function readCheckpoints(reader: Reader, countMax: number): readonly CheckpointVote[] | null {
  const checkpoints: CheckpointVote[] = [];
  const count = reader.u32();
  if (count > countMax) return null;
  while (reader.ok && checkpoints.length < count) {
    const next = { sequence: reader.u64(), digest: reader.digest() };
    if (next.sequence <= (checkpoints.at(-1)?.sequence ?? -1)) return null;
    checkpoints.push(next);
  }
  return checkpoints;
}

function readPrepared(reader: Reader, countMax: number): Map<number, PreparedClaim> | null {
  const prepared = new Map<number, PreparedClaim>();
  const count = reader.u32();
  if (count > countMax) return null;
  let last = -1;
  while (reader.ok && prepared.size < count) {
    const { sequence, view, digest } = readVote(reader);
    if (sequence <= last) return null;
    last = sequence;
    prepared.set(sequence, { view, digest });
  }
  return prepared;
}

function readPrePrepared(
  reader: Reader,
  countMax: number,
): Map<number, Map<string, number>> | null {
  const prePrepared = new Map<number, Map<string, number>>();
  const count = reader.u32();
  if (count > countMax) return null;
  let last = { sequence: -1, digest: "" };
  for (let index = 0; reader.ok && index < count; index++) {
    const { sequence, view, digest } = readVote(reader);
    const ascends =
      sequence > last.sequence || (sequence === last.sequence && digest > last.digest);
    if (!ascends) return null;
    last = { sequence, digest };
    const digests = prePrepared.get(sequence) ?? new Map<string, number>();
    prePrepared.set(sequence, digests.set(digest, view));
  }
  return prePrepared;
}

/** One VIEW-CHANGE of V: whose, and its name. */
export interface Reference {
  readonly replica: NodeId;
  readonly name: string;
}

export interface NewView {
  readonly view: number;
  /** V: ascending by replica. */
  readonly viewChanges: readonly Reference[];
  /** X */
  readonly selection: Selection;
}

export function encodeNewView({ view, viewChanges, selection }: NewView): Uint8Array {
  const { base, chosen } = selection;
  const writer = new Writer(512 + 32 * chosen.length).u64(view).u32(viewChanges.length);
  for (const { replica, name } of viewChanges) writer.u32(replica).digest(name);
  writer.u64(base.sequence).digest(base.digest).u32(chosen.length);
  // There are no gaps, so the numbers need not be told.
  for (const { digest } of chosen) writer.digest(digest);
  return writer.finish();
}

/** @returns null also where V does not name Q distinct replicas, or X is too long */
export function decodeNewView(payload: Uint8Array, cluster: ViewSize): NewView | null {
  const reader = new Reader(payload);
  const view = reader.u64();
  const viewChanges = readReferences(reader, cluster);
  const base = { sequence: reader.u64(), digest: reader.digest() };
  const count = reader.u32();
  if (!viewChanges || count > claimsMax(cluster)) return null;
  if (!Number.isSafeInteger(base.sequence + count)) return null;
  const chosen: CheckpointVote[] = [];
  while (reader.ok && chosen.length < count) {
    chosen.push({ sequence: base.sequence + chosen.length + 1, digest: reader.digest() });
  }
  return reader.complete ? { view, viewChanges, selection: { base, chosen } } : null;
}

function readReferences(reader: Reader, cluster: ClusterSize): readonly Reference[] | null {
  const count = reader.u32();
  if (count > cluster.replicas || count < quorumSize(cluster)) return null;
  const references: Reference[] = [];
  while (reader.ok && references.length < count) {
    const reference = { replica: reader.u32(), name: reader.digest() };
    if (reference.replica <= (references.at(-1)?.replica ?? -1)) return null;
    references.push(reference);
  }
  return references.every(({ replica }) => replica < cluster.replicas) ? references : null;
}

/** That its author holds a VIEW-CHANGE and is certain of who made it. */
export interface Ack extends Reference {
  readonly view: number;
}

export function encodeAck({ view, replica, name }: Ack): Uint8Array {
  return new Writer(44).u64(view).u32(replica).digest(name).finish();
}

export function decodeAck(payload: Uint8Array, { replicas }: ClusterSize): Ack | null {
  const reader = new Reader(payload);
  const ack = { view: reader.u64(), replica: reader.u32(), name: reader.digest() };
  return reader.complete && ack.replica < replicas ? ack : null;
}
