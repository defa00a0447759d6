/**
 * RELAY-SET: what a replica relays, all that became due together (protocols §19.2). FETCH-REQUEST:
 * the request that is meant by one of them (protocols §19.5).
 */
import { Reader, Writer } from "../../wire/codec.ts";
import type { Statement } from "./sayings.ts";

export const RELAY_SET = 17;
export const FETCH_REQUEST = 21;

/** In one message; what is more goes into the next. */
export const RELAYS_MAX = 1_024;

const STATEMENT_BYTES = 44;

export function encodeRelaySet(statements: readonly Statement[]): Uint8Array {
  const writer = new Writer(4 + STATEMENT_BYTES * statements.length).u32(statements.length);
  for (const statement of statements) writeStatement(writer, statement);
  return writer.finish();
}

/** How many there are, by its length alone. */
export function relaysIn(payload: Uint8Array): number {
  return Math.floor(payload.length / STATEMENT_BYTES);
}

/** @returns null if it is malformed, empty, or longer than an honest one */
export function decodeRelaySet(payload: Uint8Array): readonly Statement[] | null {
  const reader = new Reader(payload);
  const count = reader.u32();
  if (count === 0 || count > RELAYS_MAX) return null;
  const statements: Statement[] = [];
  while (reader.ok && statements.length < count) {
    statements.push(readStatement(reader));
  }
  return reader.complete ? statements : null;
}

export function encodeFetchRequest(wanted: Statement): Uint8Array {
  return writeStatement(new Writer(STATEMENT_BYTES), wanted).finish();
}

export function decodeFetchRequest(payload: Uint8Array): Statement | null {
  const reader = new Reader(payload);
  const wanted = readStatement(reader);
  return reader.complete ? wanted : null;
}

function writeStatement(writer: Writer, { author, slot, digest }: Statement): Writer {
  return writer.u32(author).u64(slot).digest(digest);
}

function readStatement(reader: Reader): Statement {
  return { author: reader.u32(), slot: reader.u64(), digest: reader.digest() };
}
