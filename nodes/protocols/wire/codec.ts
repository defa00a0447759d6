/**
 * The fixed binary layout all messages are made of: big-endian integers, u32-length-prefixed byte
 * strings, 32-byte digests. Every field is fixed-size or length-prefixed, so equal values have
 * equal bytes and different values different ones (protocols §2.1).
 */

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

const NIBBLE = new Uint8Array(128);
for (let value = 0; value < 16; value++) {
  NIBBLE[value.toString(16).charCodeAt(0)] = value;
}

export const DIGEST_BYTES = 32;

/** A growing buffer; `finish` hands out the written part and must be the last call. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
    return this;
  }

  /** A non-negative safe integer in eight bytes. */
  u64(value: number): this {
    this.#reserve(8);
    this.#view.setUint32(this.#length, Math.floor(value / 4_294_967_296));
    this.#view.setUint32(this.#length + 4, value % 4_294_967_296);
    this.#length += 8;
    return this;
  }

  digest(hex: string): this {
    this.#reserve(DIGEST_BYTES);
    for (let i = 0; i < DIGEST_BYTES; i++) {
      const high = NIBBLE[hex.charCodeAt(2 * i)] ?? 0;
      const low = NIBBLE[hex.charCodeAt(2 * i + 1)] ?? 0;
      this.#bytes[this.#length + i] = high * 16 + low;
    }
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
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Reads what a `Writer` wrote. It never throws: after the first field that does not fit, `ok` is
 * false and every further read yields zero or nothing, so a decoder checks once, at the end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #ok = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get ok(): boolean {
    return this.#ok;
  }

  /** True when every field fitted and nothing is left over. */
  get complete(): boolean {
    return this.#ok && this.#offset === this.#bytes.length;
  }

  u8(): number {
    return this.#take(1) ? this.#view.getUint8(this.#offset - 1) : 0;
  }

  u16(): number {
    return this.#take(2) ? this.#view.getUint16(this.#offset - 2) : 0;
  }

  u32(): number {
    return this.#take(4) ? this.#view.getUint32(this.#offset - 4) : 0;
  }

  /** A value above 2^53 - 1 is malformed. */
  u64(): number {
    if (!this.#take(8)) return 0;
    const high = this.#view.getUint32(this.#offset - 8);
    if (high > 0x1f_ffff) {
      this.#ok = false;
      return 0;
    }
    return high * 4_294_967_296 + this.#view.getUint32(this.#offset - 4);
  }

  digest(): string {
    if (!this.#take(DIGEST_BYTES)) return "";
    let hex = "";
    for (let i = this.#offset - DIGEST_BYTES; i < this.#offset; i++) {
      hex += HEX[this.#bytes[i] as number];
    }
    return hex;
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    return this.#take(length) ? this.#bytes.subarray(this.#offset - length, this.#offset) : NOTHING;
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
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
