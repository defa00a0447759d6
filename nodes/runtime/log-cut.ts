/** What a power cut leaves of a log: everything up to the synced-up-to mark, and a torn record. */
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync } from "node:fs";
import {
  type LogPosition,
  listSegments,
  readMark,
  segmentPath,
  unfinishedSegmentPath,
} from "./log-files.ts";
import { recordEnd } from "./log-record.ts";

export interface PowerCutOptions {
  /** How much of a further record is left behind the mark; 0 for a clean cut. */
  readonly tornBytes: number;
}

export interface PowerCut {
  /** Null if nothing had ever been made durable (or `durability: none`). */
  readonly mark: LogPosition | null;
  /** Bytes that were written but not durable, and are gone now. */
  readonly lostBytes: number;
  /** Bytes of a torn record that are left. */
  readonly tornBytes: number;
}

/**
 * Cuts the log of a dead replica back to its mark. Of the first record that was not durable a part
 * is left (never all of it); where there is none, the beginning of a made-up one is written.
 */
export function cutToSyncedMark(dataDirectory: string, { tornBytes }: PowerCutOptions): PowerCut {
  if (!existsSync(dataDirectory)) return { mark: null, lostBytes: 0, tornBytes: 0 };
  const mark = readMark(dataDirectory);
  rmSync(unfinishedSegmentPath(dataDirectory), { force: true });
  let lostBytes = 0;
  for (const segment of listSegments(dataDirectory)) {
    // An older segment was already replaced; a newer one was renamed, but never durably.
    if (segment === mark?.segment) continue;
    const path = segmentPath(dataDirectory, segment);
    if (mark === null || segment > mark.segment) lostBytes += readFileSync(path).length;
    rmSync(path);
  }
  if (mark === null) return { mark, lostBytes, tornBytes: 0 };
  const path = segmentPath(dataDirectory, mark.segment);
  const bytes = readFileSync(path);
  truncateSync(path, Math.min(mark.offset, bytes.length));
  const torn = tornRecord(bytes, mark.offset, tornBytes);
  appendFileSync(path, torn);
  lostBytes += Math.max(0, bytes.length - mark.offset - torn.length);
  return { mark, lostBytes, tornBytes: torn.length };
}

function tornRecord(bytes: Buffer, offset: number, tornBytes: number): Buffer {
  const next = recordEnd(bytes, offset);
  if (next !== null) return bytes.subarray(offset, Math.min(next - 1, offset + tornBytes));
  // The length says more than will ever follow, so this is no whole record, whatever its size.
  const made = Buffer.alloc(tornBytes, 0xa5);
  if (tornBytes >= 4) made.writeUInt32BE(tornBytes + 1, 0);
  return made;
}
