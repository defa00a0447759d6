/** The synced-up-to mark: how much of the log is known to be on the disk. */

import { join } from "node:path";
import { crc32 } from "./checksum.ts";
import { existsSync, readFileSync } from "./files.ts";
import { LogCorruptError } from "./log-errors.ts";
import { type BlockPlace, encodePlace, GENERATION_BYTES } from "./log-segment.ts";

/** Segment 0: nothing is durable yet. */
export type LogMark = BlockPlace;

export const MARK_BYTES = GENERATION_BYTES + 20;

export function markPath(directory: string): string {
  return join(directory, "log.synced");
}

export function unfinishedMarkPath(directory: string): string {
  return `${markPath(directory)}.unfinished`;
}

/** The place of a block, which is where the next one goes, and a crc32 of that. */
export function encodeMark(mark: LogMark): Buffer {
  const bytes = Buffer.allocUnsafe(MARK_BYTES);
  const place = encodePlace(mark);
  bytes.set(place);
  bytes.writeUInt32BE(crc32(place), MARK_BYTES - 4);
  return bytes;
}

export interface FoundMark {
  readonly mark: LogMark;
  /** Which of the two places holds it; the next one is written to the other. */
  readonly place: number;
}

/**
 * Marks are written to two places in turn, so that a torn write leaves the one before; a mark file
 * without any whole mark is nothing that a crash leaves behind.
 * @returns the newest whole mark; null if there is no file
 * @throws {LogCorruptError}
 */
export function readMark(directory: string): FoundMark | null {
  const path = markPath(directory);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  const found: FoundMark[] = [];
  for (const place of bytes.length === 2 * MARK_BYTES ? [0, 1] : []) {
    const mark = decodeMark(bytes.subarray(place * MARK_BYTES, (place + 1) * MARK_BYTES));
    if (mark !== null) found.push({ mark, place });
  }
  const newest = found.toSorted((left, right) => compare(left.mark, right.mark)).at(-1);
  if (newest) return newest;
  throw new LogCorruptError(
    `the log is doubtful: ${path}, which says how much of it is durable, is damaged`,
  );
}

function decodeMark(bytes: Buffer): LogMark | null {
  const place = bytes.subarray(0, MARK_BYTES - 4);
  if (bytes.readUInt32BE(MARK_BYTES - 4) !== crc32(place)) return null;
  return {
    generation: place.subarray(0, GENERATION_BYTES),
    segment: Number(place.readBigUInt64BE(GENERATION_BYTES)),
    offset: Number(place.readBigUInt64BE(GENERATION_BYTES + 8)),
  };
}

function compare(left: LogMark, right: LogMark): number {
  return left.segment - right.segment || left.offset - right.offset;
}
