/**
 * A map from strings to strings. Inside, keys and values are byte strings (one character per byte,
 * Latin-1), so that any bytes a client sends have exactly one representation and a comparison of
 * strings is a comparison of bytes.
 *
 * Operation: `op u8, key length u16, key`, then for write and append `value length u32, value`; for
 * cas `1, from length u32, from` or `0` (absent), then `to length u32, to`. All big-endian UTF-8.
 * Result: one status byte, followed by the value for status `value`. What would make a key or a
 * value longer than the limits is answered with `tooLarge` and changes nothing.
 */
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../protocols/contract/limits.ts";
import type {
  Operation,
  OperationResult,
  Service,
  ServiceDefinition,
} from "../protocols/contract/service.ts";
import { kvModel } from "./models/kv.ts";

const OP = { read: 1, write: 2, append: 3, cas: 4, delete: 5 } as const;

const STATUS = {
  done: 0,
  value: 1,
  absent: 2,
  notSwapped: 3,
  tooLarge: 4,
  malformed: 255,
} as const;

const DONE = Uint8Array.of(STATUS.done);
const ABSENT = Uint8Array.of(STATUS.absent);
const NOT_SWAPPED = Uint8Array.of(STATUS.notSwapped);
const TOO_LARGE = Uint8Array.of(STATUS.tooLarge);
const MALFORMED = Uint8Array.of(STATUS.malformed);

const REFUSED = `too large: keys have ${KEY_BYTES_MAX} bytes at most, values ${VALUE_BYTES_MAX}`;

/** Fatal, so that bytes that are no UTF-8 are no result; the mark is data, not decoration. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type Command =
  | { readonly op: typeof OP.read | typeof OP.delete; readonly key: string }
  | {
      readonly op: typeof OP.write | typeof OP.append;
      readonly key: string;
      readonly value: string;
    }
  | {
      readonly op: typeof OP.cas;
      readonly key: string;
      readonly from: string | null;
      readonly to: string;
    };

export const kv: ServiceDefinition = {
  name: "kv",
  summary: "a map from strings to strings: read, write, append, cas, delete",
  operations: ["read", "write", "append", "cas", "delete"],
  model: kvModel,
  create: () => createMap(),
  encode: (operation) => encodeOperation(operation),
  decode: (operation, result) => decodeResult(operation, result),
};

function createMap(): Service {
  const values = new Map<string, string>();
  /** Keys that were named by a changing operation since changes were last taken. */
  const touched = new Set<string>();
  return {
    execute: (operation) => {
      const command = parseCommand(operation);
      if (command === null) return MALFORMED;
      if (command.op !== OP.read) touched.add(command.key);
      return apply(values, command);
    },
    *entries() {
      for (const [key, value] of values) yield { key: bytesOf(key), value: bytesOf(value) };
    },
    takeChanges() {
      const changes = [...touched].map((key) => {
        const value = values.get(key);
        return { key: bytesOf(key), value: value === undefined ? null : bytesOf(value) };
      });
      touched.clear();
      return changes;
    },
    restore(entries) {
      values.clear();
      touched.clear();
      for (const { key, value } of entries) values.set(textOf(key), textOf(value));
    },
  };
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  bufferOver(bytes).write(text, "latin1");
  return bytes;
}

function textOf(bytes: Uint8Array): string {
  return bufferOver(bytes).toString("latin1");
}

function apply(values: Map<string, string>, command: Command): Uint8Array {
  if (command.key.length > KEY_BYTES_MAX) return TOO_LARGE;
  const current = values.get(command.key);
  switch (command.op) {
    case OP.read:
      return current === undefined ? ABSENT : valueResult(current);
    case OP.write:
      return store(values, command.key, command.value);
    case OP.append:
      return store(values, command.key, (current ?? "") + command.value);
    case OP.cas:
      if ((current ?? null) !== command.from) return NOT_SWAPPED;
      return store(values, command.key, command.to);
    case OP.delete:
      values.delete(command.key);
      return DONE;
    default:
      return command satisfies never;
  }
}

function store(values: Map<string, string>, key: string, value: string): Uint8Array {
  if (value.length > VALUE_BYTES_MAX) return TOO_LARGE;
  values.set(key, value);
  return DONE;
}

/** A snapshot of a version without limits may hold a value that no answer can carry. */
function valueResult(value: string): Uint8Array {
  if (value.length > VALUE_BYTES_MAX) return TOO_LARGE;
  const result = new Uint8Array(1 + value.length);
  result[0] = STATUS.value;
  bufferOver(result).write(value, 1, "latin1");
  return result;
}

/** Results and entries are plain arrays: `slice` of a Buffer is a view where a copy is meant. */
function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** @returns null for bytes that are no operation, trailing bytes included */
function parseCommand(bytes: Uint8Array): Command | null {
  const reader = new ByteStringReader(bytes);
  const op = reader.byte();
  const key = reader.string(2);
  const command = key === null ? null : parseArguments(reader, op, key);
  return reader.finished ? command : null;
}

function parseArguments(reader: ByteStringReader, op: number, key: string): Command | null {
  if (op === OP.read || op === OP.delete) return { op, key };
  if (op === OP.write || op === OP.append) {
    const value = reader.string(4);
    return value === null ? null : { op, key, value };
  }
  if (op !== OP.cas) return null;
  const expectsValue = reader.byte();
  if (expectsValue !== 0 && expectsValue !== 1) return null;
  const from = expectsValue === 1 ? reader.string(4) : null;
  if (expectsValue === 1 && from === null) return null;
  const to = reader.string(4);
  return to === null ? null : { op, key, from, to };
}

function encodeOperation(operation: Operation): Uint8Array {
  if (operation.f === "null") throw new RangeError("the kv service has no null operation");
  const key = Buffer.from(operation.key, "utf8");
  if (key.length > 0xffff) throw new RangeError(`a key of ${key.length} bytes is too long`);
  const head = Buffer.allocUnsafe(3);
  head[0] = OP[operation.f];
  head.writeUInt16BE(key.length, 1);
  return new Uint8Array(Buffer.concat([head, key, ...encodeArguments(operation)]));
}

function encodeArguments(operation: Operation): Uint8Array[] {
  if (operation.f === "write" || operation.f === "append") return withLength(operation.value);
  if (operation.f !== "cas") return [];
  const [from, to] = operation.value;
  const expected = from === null ? [Uint8Array.of(0)] : [Uint8Array.of(1), ...withLength(from)];
  return [...expected, ...withLength(to)];
}

function withLength(text: string): Uint8Array[] {
  const bytes = Buffer.from(text, "utf8");
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

function decodeResult(operation: Operation, result: Uint8Array): OperationResult | null {
  const status = result[0];
  if (operation.f === "read" && status === STATUS.value) return decodeValue(result.subarray(1));
  if (result.length !== 1) return null;
  if (status === STATUS.tooLarge) return { ok: false, value: null, refused: REFUSED };
  if (operation.f === "read") return status === STATUS.absent ? { ok: true, value: null } : null;
  if (status === STATUS.done) return { ok: true, value: null };
  return operation.f === "cas" && status === STATUS.notSwapped ? { ok: false, value: null } : null;
}

function decodeValue(bytes: Uint8Array): OperationResult | null {
  try {
    return { ok: true, value: utf8.decode(bytes) };
  } catch {
    // Not UTF-8: a lying replica's bytes, or a value that no client of ours wrote.
    return null;
  }
}

class ByteStringReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bufferOver(bytes);
  }

  get finished(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** @returns -1 at the end */
  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) return -1;
    this.#offset += 1;
    return value;
  }

  /** @returns null if the length or the string itself is not all there */
  string(lengthBytes: 2 | 4): string | null {
    const start = this.#offset + lengthBytes;
    if (start > this.#bytes.length) return null;
    const end = start + this.#bytes.readUIntBE(this.#offset, lengthBytes);
    if (end > this.#bytes.length) return null;
    this.#offset = end;
    return this.#bytes.toString("latin1", start, end);
  }
}
