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
/** What is left over, zeros and the length. Used again: to make it costs more than to fill it. */
const last = new Uint8Array(8);
const ZERO = new Uint8Array(8);

/** @param key `SIP_KEY_BYTES` @returns 16 bytes */
export function sipHash128(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  begin(key);
  const whole = bytes.length & ~7;
  absorb(bytes, whole, 2);
  last.fill(0);
  for (let at = whole; at < bytes.length; at += 1) last[at - whole] = bytes[at] as number;
  last[7] = bytes.length;
  absorb(last, 8, 2);
  const tag = new Uint8Array(SIP_BYTES);
  state[V2] = word(V2) ^ 0xee;
  squeeze(tag, 0);
  state[V1] = word(V1) ^ 0xdd;
  squeeze(tag, 8);
  return tag;
}

function word(at: number): number {
  return state[at] as number;
}

/** By hand: a view of them costs more than the rounds. */
function littleEndian(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

function begin(key: Uint8Array): void {
  for (let half = 0; half < 4; half += 1) {
    const part = littleEndian(key, 4 * half);
    state[half] = (INITIAL[half] as number) ^ part;
    state[half + 4] = (INITIAL[half + 4] as number) ^ part;
  }
  state[V1] = word(V1) ^ 0xee;
}

function squeeze(tag: Uint8Array, at: number): void {
  absorb(ZERO, 8, 4);
  writeWord(tag, at, word(V0) ^ word(V1) ^ word(V2) ^ word(V3));
  writeWord(tag, at + 4, word(V0 + 1) ^ word(V1 + 1) ^ word(V2 + 1) ^ word(V3 + 1));
}

function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** 1 if adding two halves gave less than one of them: the carry into the other half. */
function carry(sum: number, part: number): number {
  return sum >>> 0 < part >>> 0 ? 1 : 0;
}

/** Blocks of 8 bytes, with so many rounds for each: all in one go, with the state in variables. */
function absorb(bytes: Uint8Array, end: number, count: number): void {
  // One at a time: taking them apart as a list costs ten times as much as the rounds.
  let [a, ah] = [word(V0), word(V0 + 1)];
  let [b, bh] = [word(V1), word(V1 + 1)];
  let [c, ch] = [word(V2), word(V2 + 1)];
  let [d, dh] = [word(V3), word(V3 + 1)];
  let low = 0;
  for (let at = 0; at < end; at += 8) {
    const block = littleEndian(bytes, at);
    const blockHigh = littleEndian(bytes, at + 4);
    d ^= block;
    dh ^= blockHigh;
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
    a ^= block;
    ah ^= blockHigh;
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
