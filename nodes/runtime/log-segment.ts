/**
 * One segment of the write-ahead log: a header that says whose it is, then blocks, each one write
 * of records (log.md has the layout). A block repeats the log's secret generation, its segment and
 * its offset under a checksum: no content can imitate one, wherever it comes from, because whoever
 * chose the content does not know the generation; and where one stands, everything in front of it
 * had been durable when it was written.
 */
import { z } from "zod";
import { crc32 } from "./checksum.ts";
import { ForeignLogError, LogCorruptError } from "./log-errors.ts";
import { differences, type LogIdentity, logIdentity } from "./log-identity.ts";

export const GENERATION_BYTES = 16;
const FORMAT = 2;
const MAGIC = `BFTLOG${FORMAT}\n`;
const PLACE_BYTES = GENERATION_BYTES + 16;
const BLOCK_HEADER_BYTES = PLACE_BYTES + 12;

const headerText = logIdentity.extend({ generation: z.string(), segment: z.number() });

/** Where a block stands. */
export interface BlockPlace {
  /** Drawn when the log was made, the same in all its segments and marks. */
  readonly generation: Buffer;
  readonly segment: number;
  readonly offset: number;
}

type SegmentName = Omit<BlockPlace, "offset">;

/** `BFTLOG2\n | length u32 | JSON | crc32 u32`; the checksum covers everything in front of it. */
export function encodeHeader(identity: LogIdentity, { generation, segment }: SegmentName): Buffer {
  const text = JSON.stringify({ ...identity, generation: generation.toString("hex"), segment });
  const bytes = Buffer.alloc(MAGIC.length + 4 + Buffer.byteLength(text) + 4);
  bytes.write(MAGIC, "latin1");
  bytes.writeUInt32BE(Buffer.byteLength(text), MAGIC.length);
  bytes.write(text, MAGIC.length + 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** Something read, and the bytes that follow the header. */
export interface Segment extends SegmentName {
  readonly bytes: Buffer;
  /** Where the first block starts. */
  readonly start: number;
}

/**
 * @param directory for what is said about it
 * @throws {ForeignLogError} if it is not `own` log, or one of another format
 * @throws {LogCorruptError} if it does not even say whose it is
 */
export function openSegment(bytes: Buffer, own: LogIdentity, directory: string): Segment {
  const format = /^BFTLOG(\d)\n/.exec(bytes.toString("latin1", 0, MAGIC.length))?.[1];
  if (format !== undefined && Number(format) !== FORMAT) {
    const why = `this log is of format ${format}, this replica reads format ${FORMAT}`;
    throw new ForeignLogError(directory, [why]);
  }
  const end = MAGIC.length + 4 + (bytes.length < MAGIC.length + 4 ? 0 : bytes.readUInt32BE(8));
  const isWhole =
    format !== undefined &&
    end + 4 <= bytes.length &&
    bytes.readUInt32BE(end) === crc32(bytes.subarray(0, end));
  if (!isWhole) throw new LogCorruptError(`a segment of the log in ${directory} has no header`);
  const text: unknown = JSON.parse(bytes.toString("utf8", MAGIC.length + 4, end));
  const { generation, segment, ...identity } = headerText.parse(text);
  const different = differences(identity, own);
  if (different.length > 0) throw new ForeignLogError(directory, different);
  return { bytes, generation: Buffer.from(generation, "hex"), segment, start: end + 4 };
}

/**
 * `generation 16 | segment u64 | offset u64 | length u32 | crc32 of the payload u32 | crc32 of all
 * that u32`, then the payload: `length u32 | record`, one after another. Ready for one write.
 */
export function encodeBlock(place: BlockPlace, records: readonly Uint8Array[]): Buffer {
  let size = BLOCK_HEADER_BYTES;
  for (const record of records) size += 4 + record.length;
  const bytes = Buffer.allocUnsafe(size);
  let at = BLOCK_HEADER_BYTES;
  for (const record of records) {
    at = bytes.writeUInt32BE(record.length, at);
    bytes.set(record, at);
    at += record.length;
  }
  const payload = bytes.subarray(BLOCK_HEADER_BYTES);
  bytes.set(encodePlace(place));
  bytes.writeUInt32BE(payload.length, PLACE_BYTES);
  bytes.writeUInt32BE(crc32(payload), PLACE_BYTES + 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, PLACE_BYTES + 8)), PLACE_BYTES + 8);
  return bytes;
}

/** Also the beginning of a mark. */
export function encodePlace({ generation, segment, offset }: BlockPlace): Buffer {
  const bytes = Buffer.allocUnsafe(PLACE_BYTES);
  bytes.set(generation);
  bytes.writeBigUInt64BE(BigInt(segment), GENERATION_BYTES);
  bytes.writeBigUInt64BE(BigInt(offset), GENERATION_BYTES + 8);
  return bytes;
}

export interface SegmentContent {
  readonly records: readonly Uint8Array[];
  /** Where the last valid block ends. */
  readonly validBytes: number;
  /** A block starts behind what is not valid, so that had been durable: not a torn tail. */
  readonly isDamaged: boolean;
}

/** One pass over the blocks, and one search through what is behind the last valid one. */
export function readSegment({ bytes, generation, segment, start }: Segment): SegmentContent {
  const records: Uint8Array[] = [];
  let place = { generation, segment, offset: start };
  for (let end = blockEnd(bytes, place); end !== null; end = blockEnd(bytes, place)) {
    for (let at = place.offset + BLOCK_HEADER_BYTES; at < end; ) {
      const length = bytes.readUInt32BE(at);
      records.push(new Uint8Array(bytes.buffer, bytes.byteOffset + at + 4, length));
      at += 4 + length;
    }
    place = { ...place, offset: end };
  }
  return { records, validBytes: place.offset, isDamaged: hasBlockBehind(bytes, place) };
}

/** @returns where the block at `place` ends, or null if there is no whole and valid one */
export function blockEnd(bytes: Buffer, place: BlockPlace): number | null {
  if (!hasHeader(bytes, place)) return null;
  const start = place.offset + BLOCK_HEADER_BYTES;
  const end = start + bytes.readUInt32BE(place.offset + PLACE_BYTES);
  if (end > bytes.length) return null;
  const expected = bytes.readUInt32BE(place.offset + PLACE_BYTES + 4);
  return crc32(bytes.subarray(start, end)) === expected ? end : null;
}

function hasHeader(bytes: Buffer, place: BlockPlace): boolean {
  const header = bytes.subarray(place.offset, place.offset + BLOCK_HEADER_BYTES);
  return (
    header.length === BLOCK_HEADER_BYTES &&
    encodePlace(place).equals(header.subarray(0, PLACE_BYTES)) &&
    crc32(header.subarray(0, -4)) === header.readUInt32BE(BLOCK_HEADER_BYTES - 4)
  );
}

/** Only what this log wrote holds its generation, so each candidate costs no more than a header. */
function hasBlockBehind(bytes: Buffer, { generation, segment, offset }: BlockPlace): boolean {
  const next = (from: number) => bytes.indexOf(generation, from);
  for (let at = next(offset + 1); at !== -1; at = next(at + 1)) {
    if (hasHeader(bytes, { generation, segment, offset: at })) return true;
  }
  return false;
}
