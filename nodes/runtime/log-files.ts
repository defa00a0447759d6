/** The files of a write-ahead log in a data directory, and what they mean after a crash. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { readSegment } from "./log-record.ts";

/** A position in the log: everything up to here is known to be on the disk. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

/** The log lost or changed something that had been durable: the replica has amnesia. */
export class LogCorruptError extends Error {
  override readonly name = "LogCorruptError";
}

export const MARK_BYTES = 20;

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `log-${String(segment).padStart(8, "0")}.wal`);
}

export function unfinishedSegmentPath(directory: string): string {
  return join(directory, "log.unfinished");
}

export function markPath(directory: string): string {
  return join(directory, "log.synced");
}

/** Ascending. */
export function listSegments(directory: string): number[] {
  const segments: number[] = [];
  for (const name of readdirSync(directory)) {
    const match = /^log-(\d{8})\.wal$/.exec(name);
    if (match !== null) segments.push(Number(match[1]));
  }
  return segments.sort((left, right) => left - right);
}

export function encodeMark({ segment, offset }: LogPosition): Buffer {
  const bytes = Buffer.allocUnsafe(MARK_BYTES);
  bytes.writeBigUInt64BE(BigInt(segment), 0);
  bytes.writeBigUInt64BE(BigInt(offset), 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 16)), 16);
  return bytes;
}

/**
 * Marks are written to two places in turn, so that a torn write leaves the one before.
 * @returns the newest whole mark; null if there is none: then nothing is known to be durable
 */
export function readMark(directory: string): LogPosition | null {
  const path = markPath(directory);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  const marks = [decodeMark(bytes.subarray(0, MARK_BYTES)), decodeMark(bytes.subarray(MARK_BYTES))];
  const newest = marks.toSorted(comparePositions).at(-1);
  return newest ?? null;
}

function decodeMark(bytes: Buffer): LogPosition | null {
  if (bytes.length !== MARK_BYTES) return null;
  if (bytes.readUInt32BE(16) !== crc32(bytes.subarray(0, 16))) return null;
  return {
    segment: Number(bytes.readBigUInt64BE(0)),
    offset: Number(bytes.readBigUInt64BE(8)),
  };
}

function comparePositions(left: LogPosition | null, right: LogPosition | null): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  return left.segment - right.segment || left.offset - right.offset;
}

export interface RecoveredLog {
  readonly records: readonly Uint8Array[];
  /** Where the next record goes; null on a first start. */
  readonly end: LogPosition | null;
  /** Bytes behind the last valid record, to be cut off. */
  readonly tornBytes: number;
}

/**
 * Reads the newest segment; older ones were replaced by it. A record that is not whole may only be
 * the end of what was written last, never something that the mark says was durable, and never
 * something in front of a whole record.
 * @throws {LogCorruptError}
 */
export function readLog(directory: string): RecoveredLog {
  const mark = readMark(directory);
  const segment = listSegments(directory).at(-1);
  if (segment === undefined) {
    if (mark !== null) throw new LogCorruptError(`segment ${mark.segment} of the log is gone`);
    return { records: [], end: null, tornBytes: 0 };
  }
  if (mark !== null && mark.segment > segment) {
    throw new LogCorruptError(`segment ${mark.segment} of the log is gone, ${segment} is the last`);
  }
  const bytes = readFileSync(segmentPath(directory, segment));
  const content = readSegment(bytes);
  if (content === null) throw new LogCorruptError(`segment ${segment} has no header`);
  const { records, validBytes, hasRecordBeyond } = content;
  const durableBytes = mark?.segment === segment ? mark.offset : 0;
  if (validBytes < durableBytes) {
    throw new LogCorruptError(
      `segment ${segment} is valid up to byte ${validBytes}, but was durable up to ${durableBytes}`,
    );
  }
  if (hasRecordBeyond) {
    throw new LogCorruptError(`segment ${segment} is damaged at byte ${validBytes}, in its middle`);
  }
  return {
    records,
    end: { segment, offset: validBytes },
    tornBytes: bytes.length - validBytes,
  };
}
