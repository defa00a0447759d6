/**
 * What one replica has asked its runtime for, over all of its lives, kept where nothing fails: what
 * it reads back, and what others see of it, is held against this.
 */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import { Shares } from "./shares.ts";

export interface SentFrame {
  readonly author: NodeId;
  readonly number: number;
  readonly bytes: Buffer;
  /** Null: to all other replicas. */
  readonly to: NodeId | null;
  /** The last batch that was persisted before. */
  readonly restsOn: number;
  /** How many audit lines were told before. */
  readonly audits: number;
  readonly sentMs: number;
  /** It does not wait for the disk, since all before it is there: it is queued with its tick. */
  readonly isFree: boolean;
  /** By receiver: on which connection, and the how-manieth there. */
  readonly left: Map<NodeId, { readonly connection: number; readonly place: number }>;
  readonly deliveredTo: Set<NodeId>;
}

export interface ExpectedTimer {
  readonly dueMs: number;
  /** Due at the end of its tick, before anything of that leaves. */
  readonly isImmediate: boolean;
}

interface Batch {
  readonly mode: "append" | "replace";
  readonly records: readonly Buffer[];
}

export interface Recovery {
  /** The last batch of what was read back; null if that was never its state. */
  readonly batch: number | null;
  readonly records: number;
}

/** So much of a record is like no other. */
const NAMED_BYTES = 64;

export class Ledger {
  readonly id: NodeId;
  readonly frames = new Map<number, SentFrame>();
  readonly timers = new Map<string, ExpectedTimer>();
  /** The last batch that something outside rests on, and what that is. */
  claimed = { batch: 0, by: "nothing" };
  auditsMade = 0;
  auditsWritten = 0;
  /** Of the audit log a line whose end has not been written. */
  auditTail = "";
  /** Bytes of what was persisted, and sent behind it, since an fsync has ended. */
  waitingBytes = 0;
  /** Of somebody whose keys were stolen, frames that were looked at. */
  strangeTaken = 0;
  /** Lines of its audit log about what it rejects. */
  readonly rejectLines = { sinceMs: 0, lines: 0 };
  /** How often it was asked how it is at that instant. */
  #asked = { atMs: 0, times: 0 };
  /** What it looks at in this life. */
  shares: Shares;
  readonly #peers: number;
  #batches: Batch[] = [];
  #recordsMade = 0;
  #isDurable = true;
  #ofThisTick: SentFrame[] = [];

  /** @param peers replicas beside this one */
  constructor(id: NodeId, peers: number) {
    this.id = id;
    this.#peers = peers;
    this.shares = new Shares(peers);
  }

  get batches(): number {
    return this.#batches.length;
  }

  /** Of what is to be in the log: unlike any other. */
  newRecord(bytes: number, content: Buffer): Buffer {
    this.#recordsMade += 1;
    const record = Buffer.alloc(Math.max(bytes, content.length) + 8, this.#recordsMade % 251);
    record.writeUInt32BE(this.id, 0);
    record.writeUInt32BE(this.#recordsMade, 4);
    content.copy(record, 8);
    return record;
  }

  persisted(mode: "append" | "replace", records: readonly Buffer[]): void {
    this.#batches.push({ mode, records });
    this.#isDurable = false;
    for (const { length } of records) {
      this.waitingBytes += length;
      this.shares.worked(length);
    }
  }

  sent(frame: Pick<SentFrame, "bytes" | "to" | "sentMs" | "number">): void {
    const sent: SentFrame = {
      ...frame,
      author: this.id,
      restsOn: this.batches,
      audits: this.auditsMade,
      isFree: this.#isDurable,
      left: new Map(),
      deliveredTo: new Set(),
    };
    this.frames.set(frame.number, sent);
    this.shares.worked(frame.bytes.length);
    this.#ofThisTick = this.sentAt(frame.sentMs);
    this.#ofThisTick.push(sent);
    if (this.waitingBytes > 0) this.waitingBytes += frame.bytes.length;
  }

  /** Of the last tick in which it sent anything, if that was then. */
  sentAt(nowMs: number): SentFrame[] {
    return this.#ofThisTick[0]?.sentMs === nowMs ? this.#ofThisTick : [];
  }

  /** @returns how often at this instant */
  askedStatus(nowMs: number): number {
    if (this.#asked.atMs !== nowMs) this.#asked = { atMs: nowMs, times: 0 };
    this.#asked.times += 1;
    return this.#asked.times;
  }

  /** @param log all that it calls durable now; an fsync may have ended that began too early */
  marked(log: Buffer): void {
    const last = this.#batches.at(-1)?.records.at(-1);
    this.#isDurable ||= last !== undefined && log.lastIndexOf(last.subarray(0, NAMED_BYTES)) >= 0;
  }

  claim(batch: number, by: string): void {
    if (batch > this.claimed.batch) this.claimed = { batch, by };
  }

  /** Goes on from there: what came later is forgotten, and may be. */
  recovered(records: readonly Uint8Array[]): Recovery {
    this.timers.clear();
    this.shares = new Shares(this.#peers);
    this.waitingBytes = 0;
    this.#isDurable = true;
    this.auditsMade = 0;
    this.auditsWritten = 0;
    this.auditTail = "";
    for (let batch = this.#batches.length; batch >= 0; batch -= 1) {
      if (!this.#isAfter(batch, records)) continue;
      this.#batches = this.#batches.slice(0, batch);
      return { batch, records: records.length };
    }
    return { batch: null, records: records.length };
  }

  #isAfter(batch: number, records: readonly Uint8Array[]): boolean {
    const batches = this.#batches.slice(0, batch);
    const last = batches.findLastIndex(({ mode }) => mode === "replace");
    const expected = batches.slice(Math.max(0, last)).flatMap((each) => each.records);
    return (
      expected.length === records.length &&
      expected.every((record, index) => record.equals(records[index] as Uint8Array))
    );
  }
}
