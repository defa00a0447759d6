/**
 * SipHash-2-4 with 128 bits of key and of output (Aumasson and Bernstein, INDOCRYPT 2012): a MAC
 * for short inputs. Written out in 32-bit halves, because the language has no fast integers of 64
 * bits and because a call into node:crypto costs more than all of this (`node-keys.bench.ts`). No
 * branch and no index depends on the key or on the content.
 */

export const SIP_KEY_BYTES = 16;
const SIP_BYTES = 16;

/** The low and the high half of v0, v1, v2 and v3. */
const state = new Int32Array(8);
const [V0, V1, V2, V3] = [0, 2, 4, 6] as const;
/** "somepseudorandomlygeneratedbytes" */
const INITIAL = Int32Array.of(
  0x70736575,
  0x736f6d65,
  0x6e646f6d,
  0x646f7261,
  0x6e657261,
  0x6c796765,
  0x79746573,
  0x74656462,
);
const block = new DataView(new ArrayBuffer(8));
/** Used again: making a buffer costs more than filling it. */
const output = new DataView(new ArrayBuffer(SIP_BYTES));
const outputBytes = new Uint8Array(output.buffer);

/** @param key `SIP_KEY_BYTES` @returns 16 bytes */
export function sipHash128(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  begin(key);
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8)
    absorb(littleEndian(bytes, at), littleEndian(bytes, at + 4));
  block.setInt32(0, 0);
  block.setInt32(4, bytes.length & 0xff);
  for (let at = whole; at < bytes.length; at += 1) block.setUint8(at - whole, bytes[at] as number);
  absorb(block.getInt32(0, true), block.getInt32(4, true));
  state[V2] = word(V2) ^ 0xee;
  squeeze(0);
  state[V1] = word(V1) ^ 0xdd;
  squeeze(8);
  const tag = new Uint8Array(SIP_BYTES);
  tag.set(outputBytes);
  return tag;
}

/** By hand: a view of them costs more than the rounds. */
function littleEndian(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

function word(at: number): number {
  return state[at] as number;
}

function begin(key: Uint8Array): void {
  for (let half = 0; half < 4; half += 1) {
    const part = littleEndian(key, 4 * half);
    state[half] = (INITIAL[half] as number) ^ part;
    state[half + 4] = (INITIAL[half + 4] as number) ^ part;
  }
  state[V1] = word(V1) ^ 0xee;
}

function absorb(low: number, high: number): void {
  state[V3] = word(V3) ^ low;
  state[V3 + 1] = word(V3 + 1) ^ high;
  rounds(2);
  state[V0] = word(V0) ^ low;
  state[V0 + 1] = word(V0 + 1) ^ high;
}

function squeeze(at: number): void {
  rounds(4);
  output.setInt32(at, word(V0) ^ word(V1) ^ word(V2) ^ word(V3), true);
  const high = word(V0 + 1) ^ word(V1 + 1) ^ word(V2 + 1) ^ word(V3 + 1);
  output.setInt32(at + 4, high, true);
}

/** 1 if adding two halves gave less than one of them: the carry into the other half. */
function carry(sum: number, part: number): number {
  return sum >>> 0 < part >>> 0 ? 1 : 0;
}

function rounds(count: number): void {
  // One at a time: taking them apart as a list costs ten times as much as the rounds.
  let [a, ah] = [word(V0), word(V0 + 1)];
  let [b, bh] = [word(V1), word(V1 + 1)];
  let [c, ch] = [word(V2), word(V2 + 1)];
  let [d, dh] = [word(V3), word(V3 + 1)];
  let low = 0;
  for (let round = 0; round < count; round += 1) {
    a = (a + b) | 0;
    ah = (ah + bh + carry(a, b)) | 0;
    low = b;
    b = ((b << 13) | (bh >>> 19)) ^ a;
    bh = ((bh << 13) | (low >>> 19)) ^ ah;
    low = a;
    a = ah;
    ah = low;
    c = (c + d) | 0;
    ch = (ch + dh + carry(c, d)) | 0;
    low = d;
    d = ((d << 16) | (dh >>> 16)) ^ c;
    dh = ((dh << 16) | (low >>> 16)) ^ ch;
    a = (a + d) | 0;
    ah = (ah + dh + carry(a, d)) | 0;
    low = d;
    d = ((d << 21) | (dh >>> 11)) ^ a;
    dh = ((dh << 21) | (low >>> 11)) ^ ah;
    c = (c + b) | 0;
    ch = (ch + bh + carry(c, b)) | 0;
    low = b;
    b = ((b << 17) | (bh >>> 15)) ^ c;
    bh = ((bh << 17) | (low >>> 15)) ^ ch;
    low = c;
    c = ch;
    ch = low;
  }
  state[V0] = a;
  state[V0 + 1] = ah;
  state[V1] = b;
  state[V1 + 1] = bh;
  state[V2] = c;
  state[V2 + 1] = ch;
  state[V3] = d;
  state[V3 + 1] = dh;
}
