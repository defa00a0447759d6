/** The records of a replica's log, read by the page that says how it is laid out (log.md). */
import { crc32 } from "node:zlib";
import type { NamedBytes } from "../backups.ts";

const MAGIC_BYTES = 8;
const CHECKSUM_BYTES = 4;
const BLOCK_HEAD_BYTES = 44;
const LENGTH_AT = 32;

/** Oldest first, of the newest segment: of two, it has replaced the other. None without a log. */
export function recordsIn(files: readonly NamedBytes[]): readonly Uint8Array[] {
  const segments = files.filter(({ name }) => /^log-\d+\.wal$/.test(name));
  const newest = segments.toSorted((a, b) => a.name.localeCompare(b.name)).at(-1);
  if (newest === undefined) return [];
  const bytes = Buffer.from(newest.bytes);
  const records: Uint8Array[] = [];
  if (bytes.length < MAGIC_BYTES + 4) return records;
  let at = MAGIC_BYTES + 4 + bytes.readUInt32BE(MAGIC_BYTES) + CHECKSUM_BYTES;
  for (let payload = payloadAt(bytes, at); payload !== null; payload = payloadAt(bytes, at)) {
    at += BLOCK_HEAD_BYTES + payload.length;
    for (let from = 0; from < payload.length; ) {
      const end = from + 4 + payload.readUInt32BE(from);
      records.push(payload.subarray(from + 4, end));
      from = end;
    }
  }
  return records;
}

/** Null where there is no block, or one that is still being written. */
function payloadAt(bytes: Buffer, at: number): Buffer | null {
  if (at + BLOCK_HEAD_BYTES > bytes.length) return null;
  const from = at + BLOCK_HEAD_BYTES;
  const payload = bytes.subarray(from, from + bytes.readUInt32BE(at + LENGTH_AT));
  return crc32(payload) === bytes.readUInt32BE(at + LENGTH_AT + 4) ? payload : null;
}
