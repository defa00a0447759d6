/** The files of a write-ahead log in a data directory, and what they mean after a crash. */

import { join } from "node:path";
import { bootPath } from "./boot.ts";
import { existsSync, readdirSync, readFileSync } from "./files.ts";
import { LogCorruptError } from "./log-errors.ts";
import type { LogIdentity } from "./log-identity.ts";
import { type FoundMark, type LogMark, markPath, readMark } from "./log-mark.ts";
import { openSegment, readSegment, type Segment } from "./log-segment.ts";

/** A position in the log: everything up to here is known to be on the disk. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `log-${String(segment).padStart(8, "0")}.wal`);
}

export function unfinishedSegmentPath(directory: string): string {
  return join(directory, "log.unfinished");
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

export interface RecoveredLog {
  readonly records: readonly Uint8Array[];
  /** Null if this directory never held a log. */
  readonly mark: FoundMark | null;
  /** Where the next record goes; null where no segment was ever finished. */
  readonly end: LogPosition | null;
  /** Bytes behind the last valid record, to be cut off. */
  readonly tornBytes: number;
  /**
   * What stands in front of `end` and was never known to be on the disk. An fsync that failed may
   * have left it in the page cache alone, as if it were written, so that no later one writes it.
   */
  readonly doubtful: Buffer;
}

const NOTHING = { tornBytes: 0, doubtful: Buffer.alloc(0) };

/**
 * Reads the newest segment; the one before may still lie there, replaced by it. What is not whole
 * may only be the end of what was written last, never something that the mark says was durable, and
 * never something in front of a block: that one was written when the rest had been durable.
 * @throws {ForeignLogError} if it is not the log of this replica
 * @throws {LogCorruptError} if something durable is lost or damaged, or nobody can tell
 */
export function readLog(directory: string, own: LogIdentity): RecoveredLog {
  const segments = listSegments(directory).map((number) => openNumbered(directory, number, own));
  const mark = readMark(directory);
  const newest = segments.at(-1);
  if (newest === undefined) return { ...withoutSegment(directory, mark), mark, ...NOTHING };
  if (mark === null) {
    const lost = `${markPath(directory)}, which says how much of it is durable, is gone`;
    throw new LogCorruptError(`the log is doubtful: ${lost}`);
  }
  for (const segment of segments) refuseMixed(segment, newest, mark.mark);
  const { records, validBytes, durableBytes } = readNewest(newest, mark.mark);
  return {
    records,
    mark,
    end: { segment: newest.segment, offset: validBytes },
    tornBytes: newest.bytes.length - validBytes,
    doubtful: newest.bytes.subarray(durableBytes, validBytes),
  };
}

function openNumbered(directory: string, number: number, own: LogIdentity): Segment {
  const path = segmentPath(directory, number);
  const segment = openSegment(readFileSync(path), own, directory);
  if (segment.segment === number) return segment;
  throw new LogCorruptError(`${path} holds segment ${segment.segment} of the log`);
}

/** A first start, or one that was killed before the first segment had its name. */
function withoutSegment(directory: string, mark: FoundMark | null) {
  if (mark !== null && mark.mark.segment > 0) {
    throw new LogCorruptError(`segment ${mark.mark.segment} of the log in ${directory} is gone`);
  }
  // The log is made before the first start is counted. A mark of segment 0 says nothing against
  // it: a power cut may have lost all those that came later.
  if (existsSync(bootPath(directory))) {
    throw new LogCorruptError(
      `this replica has started before, but no log is left in ${directory}`,
    );
  }
  return { records: [], end: null };
}

/** A segment takes the place of the one before: there are never more than these two. */
function refuseMixed({ segment, generation }: Segment, newest: Segment, mark: LogMark): void {
  if (!generation.equals(mark.generation)) {
    const [one, other] = [generation, mark.generation].map((bytes) => bytes.toString("hex", 0, 4));
    throw new LogCorruptError(
      `segment ${segment} is of generation ${one} of the log, its mark is of generation ${other}`,
    );
  }
  if (newest.segment - segment > 1) {
    throw new LogCorruptError(
      `segments ${segment} and ${newest.segment} of the log are there, ${segment + 1} is missing`,
    );
  }
}

function readNewest(newest: Segment, mark: LogMark) {
  const { segment, start } = newest;
  if (mark.segment > segment) {
    throw new LogCorruptError(`segment ${mark.segment} of the log is gone, ${segment} is the last`);
  }
  const { records, validBytes, isDamaged } = readSegment(newest);
  // A segment gets its name when its first block is on the disk, whatever the mark says.
  const durableBytes = mark.segment === segment ? mark.offset : start + 1;
  if (validBytes < durableBytes) {
    const where = mark.segment === segment ? `durable up to ${durableBytes}` : "replaced by it";
    throw new LogCorruptError(
      `segment ${segment} is valid up to byte ${validBytes}, but was ${where}`,
    );
  }
  if (isDamaged) {
    throw new LogCorruptError(`segment ${segment} is damaged at byte ${validBytes}, in its middle`);
  }
  return { records, validBytes, durableBytes: mark.segment === segment ? mark.offset : start };
}
