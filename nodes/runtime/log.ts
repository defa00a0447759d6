/**
 * The write-ahead log of one replica (protocols §13.2). Batches are made durable in
 * order; while one fsync runs, everything that comes meanwhile waits and shares the next one.
 */

import { devNull } from "node:os";
import { promisify } from "node:util";
import type { Durability } from "../protocols/contract/durability.ts";
import {
  closeSync,
  fdatasync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "./files.ts";
import {
  type LogPosition,
  listSegments,
  type RecoveredLog,
  readLog,
  segmentPath,
  unfinishedSegmentPath,
} from "./log-files.ts";
import type { LogIdentity } from "./log-identity.ts";
import {
  encodeMark,
  type FoundMark,
  MARK_BYTES,
  markPath,
  unfinishedMarkPath,
} from "./log-mark.ts";
import { encodeBlock, encodeHeader, GENERATION_BYTES } from "./log-segment.ts";
import { randomBytes } from "./randomness.ts";
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
  /** Whose log it is: that of anybody else is refused. */
  readonly identity: LogIdentity;
  readonly durability: Exclude<Durability, "none">;
  readonly events: LogEvents;
  readonly disk?: Disk;
}

export class Log {
  readonly #events: LogEvents;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #identity: LogIdentity;
  readonly #takesAll: boolean;
  readonly #generation: Buffer;
  readonly #directoryDescriptor: number;
  readonly #markDescriptor: number;
  /**
   * Given up while a new segment is open beside the old one: connections that take every descriptor
   * there is do not end the replica at its next checkpoint.
   */
  #descriptorInReserve: number;
  #descriptor = -1;
  #end: LogPosition = { segment: 0, offset: 0 };
  #queue: LogBatch[] = [];
  #running: Promise<void> | null = null;
  #markPlace: number;
  #isFailed = false;

  private constructor(options: LogOptions, { mark, place }: FoundMark) {
    const { directory, identity, durability, events, disk } = options;
    this.#events = events;
    this.#disk = disk ?? realDisk;
    this.#directory = directory;
    this.#identity = identity;
    this.#takesAll = durability === "group-commit";
    this.#generation = mark.generation;
    this.#markPlace = place;
    this.#directoryDescriptor = openSync(directory, "r");
    this.#markDescriptor = openSync(markPath(directory), "r+");
    this.#descriptorInReserve = openSync(devNull, "r");
  }

  /**
   * Recovers what the directory holds, oldest record first, and makes sure that it is durable
   * before anything is sent because of it.
   * @throws {ForeignLogError} if it is not the log of this replica
   * @throws {LogCorruptError} if durable records were lost or damaged, or nobody can tell
   */
  static async open(
    options: LogOptions,
  ): Promise<{ readonly log: Log; readonly records: readonly Uint8Array[] }> {
    const { directory, identity } = options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { records, mark, end, ...unsure } = readLog(directory, identity);
    rmSync(unfinishedSegmentPath(directory), { force: true });
    const log = new Log(options, mark ?? (await createMark(options)));
    if (end === null) await log.#replace([]);
    else await log.#resume(end, unsure);
    return { log, records };
  }

  /** What it takes on the disk; the mark beside it stays as long as it is. */
  get bytes(): number {
    return this.#end.offset;
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
    for (const descriptor of [
      this.#descriptor,
      this.#markDescriptor,
      this.#directoryDescriptor,
      this.#descriptorInReserve,
    ]) {
      if (descriptor >= 0) closeSync(descriptor);
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
    const { segment, offset } = this.#end;
    const bytes = encodeBlock({ generation: this.#generation, segment, offset }, records);
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
    const name = { generation: this.#generation, segment: this.#end.segment + 1 };
    const header = encodeHeader(this.#identity, name);
    const block = encodeBlock({ ...name, offset: header.length }, records);
    const unfinished = unfinishedSegmentPath(this.#directory);
    const descriptor = this.#openUnfinished(unfinished);
    this.#write(descriptor, header, 0);
    this.#write(descriptor, block, header.length);
    const start = hostClockNs();
    await this.#disk.sync(descriptor);
    renameSync(unfinished, segmentPath(this.#directory, name.segment));
    await this.#disk.sync(this.#directoryDescriptor);
    this.#events.onSynced(Number(hostClockNs() - start) / 1e9);
    const replaced = { descriptor: this.#descriptor, segment: this.#end.segment };
    this.#descriptor = descriptor;
    this.#end = { segment: name.segment, offset: header.length + block.length };
    this.#writeMark();
    if (replaced.descriptor >= 0) {
      closeSync(replaced.descriptor);
      unlinkSync(segmentPath(this.#directory, replaced.segment));
    }
    this.#descriptorInReserve = openSync(devNull, "r");
  }

  #openUnfinished(path: string): number {
    closeSync(this.#descriptorInReserve);
    this.#descriptorInReserve = -1;
    return openSync(path, "w", 0o600);
  }

  async #resume(
    end: LogPosition,
    { tornBytes, doubtful }: Pick<RecoveredLog, "tornBytes" | "doubtful">,
  ): Promise<void> {
    this.#descriptor = openSync(segmentPath(this.#directory, end.segment), "r+");
    this.#end = end;
    if (tornBytes > 0) ftruncateSync(this.#descriptor, end.offset);
    this.#write(this.#descriptor, doubtful, end.offset - doubtful.length);
    await this.#disk.sync(this.#directoryDescriptor);
    await this.#makeDurable();
    for (const segment of listSegments(this.#directory)) {
      if (segment < end.segment) unlinkSync(segmentPath(this.#directory, segment));
    }
  }

  #writeMark(): void {
    this.#markPlace = 1 - this.#markPlace;
    const mark = encodeMark({ generation: this.#generation, ...this.#end });
    this.#write(this.#markDescriptor, mark, this.#markPlace * MARK_BYTES);
  }

  #write(descriptor: number, bytes: Uint8Array, position: number): void {
    writeWhole(this.#disk, { descriptor, bytes, position });
  }
}

interface PlacedBytes {
  readonly descriptor: number;
  readonly bytes: Uint8Array;
  readonly position: number;
}

function writeWhole(disk: Disk, { descriptor, bytes, position }: PlacedBytes): void {
  let written = 0;
  while (written < bytes.length) {
    written += disk.write(descriptor, bytes.subarray(written), position + written);
  }
}

/**
 * The first thing of a new log, and whole before it has its name: from here on a directory with a
 * segment and without a mark is one that lost it.
 */
async function createMark({ directory, disk = realDisk }: LogOptions): Promise<FoundMark> {
  const mark = { generation: randomBytes(GENERATION_BYTES), segment: 0, offset: 0 };
  const bytes = encodeMark(mark);
  const unfinished = unfinishedMarkPath(directory);
  const descriptor = openSync(unfinished, "w", 0o600);
  writeWhole(disk, { descriptor, bytes: Buffer.concat([bytes, bytes]), position: 0 });
  await disk.sync(descriptor);
  closeSync(descriptor);
  renameSync(unfinished, markPath(directory));
  const directoryDescriptor = openSync(directory, "r");
  await disk.sync(directoryDescriptor);
  closeSync(directoryDescriptor);
  return { mark, place: 0 };
}
