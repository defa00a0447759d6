/**
 * The write-ahead log of one replica (reference 7.1, "Write rules"). Batches are made durable in
 * order; while one fsync runs, everything that comes meanwhile waits and shares the next one.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import type { Durability } from "./config.ts";
import {
  encodeMark,
  type LogPosition,
  listSegments,
  MARK_BYTES,
  markPath,
  readLog,
  segmentPath,
  unfinishedSegmentPath,
} from "./log-files.ts";
import { encodeRecords, SEGMENT_HEADER } from "./log-record.ts";
import { hostClockNs } from "./timers.ts";

/** What the log asks of the disk; tests let it fail. */
export interface Disk {
  write(descriptor: number, bytes: Uint8Array, position: number): number;
  datasync(descriptor: number): Promise<void>;
  sync(descriptor: number): Promise<void>;
}

export const realDisk: Disk = {
  write: (descriptor, bytes, position) => writeSync(descriptor, bytes, 0, bytes.length, position),
  datasync: promisify(fdatasync),
  sync: promisify(fsync),
};

/** The disk did not do what was asked: from here on nothing may be called durable. */
export class LogFailure extends Error {
  override readonly name = "LogFailure";
}

export interface LogBatch {
  readonly mode: "append" | "replace";
  readonly records: readonly Uint8Array[];
  /** Ascending: reported when this batch, and so every earlier one, is durable. */
  readonly mark: number;
}

export interface LogEvents {
  onDurable(mark: number): void;
  onSynced(seconds: number): void;
  onFailed(failure: LogFailure): void;
}

export interface LogOptions {
  readonly directory: string;
  readonly durability: Exclude<Durability, "none">;
  readonly events: LogEvents;
  readonly disk?: Disk;
}

export class Log {
  readonly #events: LogEvents;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #takesAll: boolean;
  readonly #directoryDescriptor: number;
  readonly #markDescriptor: number;
  #descriptor = -1;
  #end: LogPosition = { segment: 0, offset: 0 };
  #queue: LogBatch[] = [];
  #running: Promise<void> | null = null;
  #marksWritten = 0;
  #isFailed = false;

  private constructor({ directory, durability, events, disk }: LogOptions) {
    this.#events = events;
    this.#disk = disk ?? realDisk;
    this.#directory = directory;
    this.#takesAll = durability === "group-commit";
    this.#directoryDescriptor = openSync(directory, "r");
    this.#markDescriptor = openSync(markPath(directory), constants.O_RDWR | constants.O_CREAT);
  }

  /**
   * Recovers what the directory holds, oldest record first, and makes sure that it is durable
   * before anything is sent because of it.
   * @throws {LogCorruptError} if durable records were lost or damaged
   */
  static async open(
    options: LogOptions,
  ): Promise<{ readonly log: Log; readonly records: readonly Uint8Array[] }> {
    mkdirSync(options.directory, { recursive: true });
    const { records, end, tornBytes } = readLog(options.directory);
    rmSync(unfinishedSegmentPath(options.directory), { force: true });
    const log = new Log(options);
    if (end === null) await log.#replace([]);
    else await log.#resume(end, tornBytes);
    return { log, records };
  }

  /** Reported by `onDurable`, or `onFailed` once and then nothing any more. */
  submit(batch: LogBatch): void {
    if (this.#isFailed) return;
    this.#queue.push(batch);
    this.#running ??= this.#run();
  }

  /** Waits for what was submitted. */
  async close(): Promise<void> {
    await this.#running;
    for (const descriptor of [this.#descriptor, this.#markDescriptor, this.#directoryDescriptor]) {
      closeSync(descriptor);
    }
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batches = this.#queue;
      this.#queue = this.#takesAll ? [] : batches.splice(1);
      try {
        await this.#perform(batches);
      } catch (cause) {
        this.#isFailed = true;
        this.#queue = [];
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#events.onFailed(
          new LogFailure(`the log cannot be made durable: ${reason}`, { cause }),
        );
        break;
      }
      this.#events.onDurable(batches.at(-1)?.mark ?? 0);
    }
    this.#running = null;
  }

  /** Everything in front of the last replacement is replaced before it was ever written. */
  async #perform(batches: readonly LogBatch[]): Promise<void> {
    const last = batches.findLastIndex((batch) => batch.mode === "replace");
    const records = batches.slice(Math.max(0, last)).flatMap((batch) => batch.records);
    if (last >= 0) await this.#replace(records);
    else await this.#append(records);
  }

  async #append(records: readonly Uint8Array[]): Promise<void> {
    const bytes = encodeRecords(records);
    const { segment, offset } = this.#end;
    this.#write(this.#descriptor, bytes, offset);
    this.#end = { segment, offset: offset + bytes.length };
    await this.#makeDurable();
  }

  /** The only way to a new mark for appended records: no mark without its fsync. */
  async #makeDurable(): Promise<void> {
    const start = hostClockNs();
    await this.#disk.datasync(this.#descriptor);
    this.#events.onSynced(Number(hostClockNs() - start) / 1e9);
    this.#writeMark();
  }

  /**
   * Written whole and fsynced under another name, renamed, directory fsynced, marked; only then is
   * the old segment removed: at every moment one of the two is complete.
   */
  async #replace(records: readonly Uint8Array[]): Promise<void> {
    const segment = this.#end.segment + 1;
    const bytes = Buffer.concat([SEGMENT_HEADER, encodeRecords(records)]);
    const unfinished = unfinishedSegmentPath(this.#directory);
    const descriptor = openSync(unfinished, "w");
    this.#write(descriptor, bytes, 0);
    const start = hostClockNs();
    await this.#disk.sync(descriptor);
    renameSync(unfinished, segmentPath(this.#directory, segment));
    await this.#disk.sync(this.#directoryDescriptor);
    this.#events.onSynced(Number(hostClockNs() - start) / 1e9);
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#end = { segment, offset: bytes.length };
    this.#writeMark();
    this.#removeOlderSegments();
  }

  async #resume(end: LogPosition, tornBytes: number): Promise<void> {
    this.#descriptor = openSync(segmentPath(this.#directory, end.segment), "r+");
    this.#end = end;
    if (tornBytes > 0) ftruncateSync(this.#descriptor, end.offset);
    await this.#disk.sync(this.#directoryDescriptor);
    await this.#makeDurable();
    this.#removeOlderSegments();
  }

  #writeMark(): void {
    this.#marksWritten += 1;
    const place = (this.#marksWritten % 2) * MARK_BYTES;
    this.#write(this.#markDescriptor, encodeMark(this.#end), place);
  }

  #removeOlderSegments(): void {
    for (const segment of listSegments(this.#directory)) {
      if (segment < this.#end.segment) rmSync(segmentPath(this.#directory, segment));
    }
  }

  #write(descriptor: number, bytes: Uint8Array, position: number): void {
    let written = 0;
    while (written < bytes.length) {
      written += this.#disk.write(descriptor, bytes.subarray(written), position + written);
    }
  }
}
