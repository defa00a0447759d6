/** RELAY-SET: what a replica relays, all that became due together (protocols §19.2). */
import { Reader, Writer } from "../../wire/codec.ts";
import type { Statement } from "./sayings.ts";

export const RELAY_SET = 17;

/** In one message; what is more goes into the next. */
export const RELAYS_MAX = 1_024;

const STATEMENT_BYTES = 44;

export function encodeRelaySet(statements: readonly Statement[]): Uint8Array {
  const writer = new Writer(4 + STATEMENT_BYTES * statements.length).u32(statements.length);
  for (const { author, slot, digest } of statements) writer.u32(author).u64(slot).digest(digest);
  return writer.finish();
}

/** @returns null if it is malformed, empty, or longer than an honest one */
export function decodeRelaySet(payload: Uint8Array): readonly Statement[] | null {
  const reader = new Reader(payload);
  const count = reader.u32();
  if (count === 0 || count > RELAYS_MAX) return null;
  const statements: Statement[] = [];
  while (reader.ok && statements.length < count) {
    statements.push({ author: reader.u32(), slot: reader.u64(), digest: reader.digest() });
  }
  return reader.complete ? statements : null;
}
