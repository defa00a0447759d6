/**
 * A keyed 128-bit hash for the simulator: four lanes, each word of the input mixed into one of them
 * and the lanes stirred together at the end. Not cryptographic: it only has to make accidental
 * collisions impossible in practice, at well under a microsecond for a frame.
 */
export interface Lanes {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

const FIRST = 0x239b_961b;
const SECOND = 0xab0e_9789 | 0;
const THIRD = 0x38b3_4ae5;
const FOURTH = 0xa1e3_8b93 | 0;

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** A bijection of 32-bit words in which every input bit reaches every output bit. */
export function scramble(word: number): number {
  let w = word;
  w = Math.imul(w ^ (w >>> 16), 0x85eb_ca6b);
  w = Math.imul(w ^ (w >>> 13), 0xc2b2_ae35);
  return w ^ (w >>> 16);
}

function mixLane(lane: number, word: number, factor: number): number {
  return Math.imul(rotate(lane ^ Math.imul(rotate(word, 15), factor), 17), factor);
}

/** Big-endian. By bytes: to make a DataView costs more than to read a short message. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

const tail = new Uint8Array(16);

/** The hash of `bytes` under `key`. */
export function hash(key: Lanes, bytes: Uint8Array): Lanes {
  let { a, b, c, d } = key;
  const length = bytes.length;
  const whole = length & ~15;
  for (let at = 0; at < whole; at += 16) {
    a = (mixLane(a, wordAt(bytes, at), FIRST) + b + 0x561c_cd1b) | 0;
    b = (mixLane(b, wordAt(bytes, at + 4), SECOND) + c + 0x0bca_a747) | 0;
    c = (mixLane(c, wordAt(bytes, at + 8), THIRD) + d + 0x96cd_1c35) | 0;
    d = (mixLane(d, wordAt(bytes, at + 12), FOURTH) + a + 0x32ac_3b17) | 0;
  }
  if (whole < length) {
    tail.fill(0);
    for (let at = whole; at < length; at += 1) tail[at - whole] = bytes[at] as number;
    a = (mixLane(a, wordAt(tail, 0), FIRST) + b) | 0;
    b = (mixLane(b, wordAt(tail, 4), SECOND) + c) | 0;
    c = (mixLane(c, wordAt(tail, 8), THIRD) + d) | 0;
    d = (mixLane(d, wordAt(tail, 12), FOURTH) + a) | 0;
  }
  // The length tells zero padding from zeros; three rounds carry every lane into every other.
  a ^= length;
  for (let round = 0; round < 3; round += 1) {
    a = scramble((a + b + c + d) | 0);
    b = scramble((b + rotate(a, 7)) | 0);
    c = scramble((c + rotate(b, 11)) | 0);
    d = scramble((d + rotate(c, 19)) | 0);
  }
  return { a, b, c, d };
}
