/**
 * The fixed binary layout all messages are made of: big-endian integers, u32-length-prefixed byte
 * strings, 32-byte digests. Every field is fixed-size or length-prefixed, so equal values have
 * equal bytes and different values different ones (protocols §2.1).
 */

const NIBBLE = new Uint8Array(128);
/** The other way round. */
const DIGIT = new Uint8Array(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16).charCodeAt(0);
  NIBBLE[digit] = value;
  DIGIT[value] = digit;
}

export const DIGEST_BYTES = 32;

const NOTHING = new Uint8Array(0);

/**
 * Short messages are put together in buffers that are used again, and copied out at their length:
 * to make a buffer costs more than to fill it.
 */
const DRAFT_BYTES = 1024;
const DRAFTS_MAX = 8;
const drafts: Uint8Array[] = [];

/** A growing buffer; `finish` hands out the written part and must be the last call. */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes =
      capacity > DRAFT_BYTES
        ? new Uint8Array(capacity)
        : (drafts.pop() ?? new Uint8Array(DRAFT_BYTES));
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#word(value);
    return this;
  }

  /** A non-negative safe integer in eight bytes. */
  u64(value: number): this {
    this.#reserve(8);
    this.#word(Math.floor(value / 4_294_967_296));
    this.#word(value % 4_294_967_296);
    return this;
  }

  digest(hex: string): this {
    this.#reserve(DIGEST_BYTES);
    writeDigest(this.#bytes, this.#length, hex);
    this.#length += DIGEST_BYTES;
    return this;
  }

  /** Bytes without a length: only where the length is fixed or the message ends. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** u32 length, then the bytes. */
  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** u32 count, then each as a blob. */
  blobs(list: readonly Uint8Array[]): this {
    this.u32(list.length);
    for (const bytes of list) this.blob(bytes);
    return this;
  }

  finish(): Uint8Array {
    const bytes = this.#bytes;
    if (bytes.length !== DRAFT_BYTES) return bytes.subarray(0, this.#length);
    const finished = bytes.slice(0, this.#length);
    this.#bytes = NOTHING;
    if (drafts.length < DRAFTS_MAX) drafts.push(bytes);
    return finished;
  }

  #word(value: number): void {
    this.#bytes[this.#length++] = value >>> 24;
    this.#bytes[this.#length++] = value >>> 16;
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** @param hex a digest, as 64 hex digits */
export function writeDigest(target: Uint8Array, at: number, hex: string): void {
  for (let i = 0; i < DIGEST_BYTES; i++) {
    const high = NIBBLE[hex.charCodeAt(2 * i)] ?? 0;
    const low = NIBBLE[hex.charCodeAt(2 * i + 1)] ?? 0;
    target[at + i] = high * 16 + low;
  }
}

/**
 * The last digests that were read, by their first byte: every replica says the same one of a
 * number, and to compare bytes costs less than to write them out, and less again to compare one
 * string with itself.
 */
const lastRead = Array.from({ length: 256 }, () => ({
  bytes: new Uint8Array(DIGEST_BYTES),
  hex: "",
}));

/**
 * Of the digest that is being read: a string that is put together of parts keeps all of them, which
 * takes ten times its room and three times as long.
 */
const digits: number[] = Array.from({ length: 2 * DIGEST_BYTES }, () => 0);

function readDigest(bytes: Uint8Array, at: number): string {
  const last = lastRead[bytes[at] as number] as (typeof lastRead)[number];
  if (last.hex !== "" && isSameAt(bytes, at, last.bytes)) return last.hex;
  for (let i = 0; i < DIGEST_BYTES; i++) {
    const byte = bytes[at + i] as number;
    last.bytes[i] = byte;
    digits[2 * i] = DIGIT[byte >>> 4] as number;
    digits[2 * i + 1] = DIGIT[byte & 15] as number;
  }
  last.hex = String.fromCharCode(...digits);
  return last.hex;
}

/** Do these bytes stand there? */
function isSameAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[at + i] !== expected[i]) return false;
  }
  return true;
}

/**
 * Reads what a `Writer` wrote. It never throws: after the first field that does not fit, `ok` is
 * false and every further read yields zero or nothing, so a decoder checks once, at the end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #ok = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ok(): boolean {
    return this.#ok;
  }

  /** True when every field fitted and nothing is left over. */
  get complete(): boolean {
    return this.#ok && this.#offset === this.#bytes.length;
  }

  u8(): number {
    return this.#take(1) ? this.#byte(1) : 0;
  }

  u16(): number {
    return this.#take(2) ? this.#byte(2) * 256 + this.#byte(1) : 0;
  }

  u32(): number {
    return this.#take(4) ? this.#word(4) : 0;
  }

  /** A value above 2^53 - 1 is malformed. */
  u64(): number {
    if (!this.#take(8)) return 0;
    const high = this.#word(8);
    if (high > 0x1f_ffff) {
      this.#ok = false;
      return 0;
    }
    return high * 4_294_967_296 + this.#word(4);
  }

  digest(): string {
    if (!this.#take(DIGEST_BYTES)) return "";
    return readDigest(this.#bytes, this.#offset - DIGEST_BYTES);
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    if (!this.#take(length) || length === 0) return NOTHING;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  /** @returns whether these bytes come next; past as many of them in any case */
  skipIf(expected: Uint8Array): boolean {
    if (!this.#take(expected.length)) return false;
    return isSameAt(this.#bytes, this.#offset - expected.length, expected);
  }

  blob(): Uint8Array {
    return this.raw(this.u32());
  }

  blobs(countMax: number): Uint8Array[] {
    const count = this.u32();
    if (count > countMax) this.#ok = false;
    const list: Uint8Array[] = [];
    while (this.#ok && list.length < count) list.push(this.blob());
    return list;
  }

  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#offset);
  }

  /** That stands so far behind. */
  #byte(back: number): number {
    return this.#bytes[this.#offset - back] as number;
  }

  #word(back: number): number {
    const low = (this.#byte(back - 1) << 16) | (this.#byte(back - 2) << 8) | this.#byte(back - 3);
    return this.#byte(back) * 16_777_216 + low;
  }

  #take(length: number): boolean {
    if (!this.#ok || this.#offset + length > this.#bytes.length) {
      this.#ok = false;
      return false;
    }
    this.#offset += length;
    return true;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && isSameAt(a, 0, b);
}
