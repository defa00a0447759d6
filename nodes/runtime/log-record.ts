/**
 * A segment of the write-ahead log: `BFTLOG1\n`, then records `length u32 | crc32 u32 | payload`,
 * big-endian; the checksum covers the length and the payload.
 */
import { crc32 } from "node:zlib";

export const SEGMENT_HEADER = Buffer.from("BFTLOG1\n", "latin1");
const RECORD_HEADER_BYTES = 8;

/** @returns the records one after another, ready for one write */
export function encodeRecords(records: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const record of records) size += RECORD_HEADER_BYTES + record.length;
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const record of records) {
    bytes.writeUInt32BE(record.length, offset);
    bytes.writeUInt32BE(checksum(bytes.subarray(offset, offset + 4), record), offset + 4);
    bytes.set(record, offset + RECORD_HEADER_BYTES);
    offset += RECORD_HEADER_BYTES + record.length;
  }
  return bytes;
}

export interface SegmentContent {
  readonly records: readonly Uint8Array[];
  /** Where the last valid record ends. */
  readonly validBytes: number;
  /** A valid record starts somewhere behind the first invalid one: not a torn tail. */
  readonly hasRecordBeyond: boolean;
}

/** @returns null if the segment does not even begin as one */
export function readSegment(bytes: Buffer): SegmentContent | null {
  if (!bytes.subarray(0, SEGMENT_HEADER.length).equals(SEGMENT_HEADER)) return null;
  const records: Uint8Array[] = [];
  let offset = SEGMENT_HEADER.length;
  for (let end = recordEnd(bytes, offset); end !== null; end = recordEnd(bytes, offset)) {
    const start = offset + RECORD_HEADER_BYTES;
    records.push(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
    offset = end;
  }
  return { records, validBytes: offset, hasRecordBeyond: findsRecord(bytes, offset + 1) };
}

/** @returns where the record at `offset` ends, or null if there is no whole and valid one */
export function recordEnd(bytes: Buffer, offset: number): number | null {
  const start = offset + RECORD_HEADER_BYTES;
  if (start > bytes.length) return null;
  const end = start + bytes.readUInt32BE(offset);
  if (end > bytes.length) return null;
  const expected = checksum(bytes.subarray(offset, offset + 4), bytes.subarray(start, end));
  return bytes.readUInt32BE(offset + 4) === expected ? end : null;
}

function findsRecord(bytes: Buffer, from: number): boolean {
  for (let offset = from; offset + RECORD_HEADER_BYTES <= bytes.length; offset++) {
    if (recordEnd(bytes, offset) !== null) return true;
  }
  return false;
}

function checksum(length: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(length));
}
