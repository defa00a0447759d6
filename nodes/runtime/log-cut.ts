/** What a power cut leaves of a log: everything up to the synced-up-to mark, and a torn block. */
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync } from "./files.ts";
import { type LogPosition, listSegments, segmentPath, unfinishedSegmentPath } from "./log-files.ts";
import { readMark } from "./log-mark.ts";
import { type BlockPlace, blockEnd } from "./log-segment.ts";

export interface PowerCutOptions {
  /** How much of a further block is left behind the mark; 0 for a clean cut. */
  readonly tornBytes: number;
}

export interface PowerCut {
  /** Null if nothing had ever been made durable (or `durability: none`). */
  readonly mark: LogPosition | null;
  /** Bytes that were written but not durable, and are gone now. */
  readonly lostBytes: number;
  /** Bytes of a torn block that are left. */
  readonly tornBytes: number;
}

/**
 * Cuts the log of a dead replica back to its mark. Of the first block that was not durable a part
 * is left (never all of it); where there is none, the beginning of a made-up one is written.
 */
export function cutToSyncedMark(dataDirectory: string, { tornBytes }: PowerCutOptions): PowerCut {
  if (!existsSync(dataDirectory)) return { mark: null, lostBytes: 0, tornBytes: 0 };
  const mark = readMark(dataDirectory)?.mark ?? null;
  rmSync(unfinishedSegmentPath(dataDirectory), { force: true });
  let lostBytes = 0;
  for (const segment of listSegments(dataDirectory)) {
    // An older segment was already replaced; a newer one was renamed, but never durably.
    if (segment === mark?.segment) continue;
    const path = segmentPath(dataDirectory, segment);
    if (mark === null || segment > mark.segment) lostBytes += readFileSync(path).length;
    rmSync(path);
  }
  if (mark === null || mark.segment === 0) return { mark: null, lostBytes, tornBytes: 0 };
  const path = segmentPath(dataDirectory, mark.segment);
  const bytes = readFileSync(path);
  truncateSync(path, Math.min(mark.offset, bytes.length));
  const torn = tornBlock(bytes, mark, tornBytes);
  appendFileSync(path, torn);
  lostBytes += Math.max(0, bytes.length - mark.offset - torn.length);
  return { mark, lostBytes, tornBytes: torn.length };
}

function tornBlock(bytes: Buffer, place: BlockPlace, tornBytes: number): Buffer {
  const { offset } = place;
  const next = blockEnd(bytes, place);
  if (next !== null) return bytes.subarray(offset, Math.min(next - 1, offset + tornBytes));
  return Buffer.alloc(tornBytes, 0xa5);
}
