/**
 * Tags under keys that two nodes share. What is authenticated is the statement, its direction and
 * the number of the key, so that no tag is good for another pair of nodes, on the way back, or
 * under another key (protocols §2.7).
 */
import { TAG_BYTES } from "../contract/authenticator.ts";
import type { NodeId } from "../contract/core.ts";

const CODE_AT = 4;
const NOTHING = new Uint8Array(TAG_BYTES);
/** Of the long-term keys. */
const LONG_TERM = 0;

/** Who speaks to whom. */
export interface Direction {
  readonly sender: NodeId;
  readonly receiver: NodeId;
}

export interface PairwiseKey {
  /** Which key it is, as it stands in a tag. */
  readonly number: number;
  /** @returns 16 bytes */
  codeOf(bytes: Uint8Array): Uint8Array;
}

/** The end of a counter, which is enough to tell two keys apart; never that of long-term keys. */
export function numberOf(counter: number): number {
  return (counter % 0xffff_ffff) + 1;
}

/** Of the key that a tag says it is under. */
export function numberIn(tag: Uint8Array): number {
  return tag.subarray(0, CODE_AT).reduce((number, byte) => number * 256 + byte, 0);
}

export function tagUnder(key: PairwiseKey, direction: Direction, bytes: Uint8Array): Uint8Array {
  const tag = new Uint8Array(TAG_BYTES);
  writeNumber(tag, 0, key.number);
  tag.set(key.codeOf(covered(key.number, direction, bytes)), CODE_AT);
  return tag;
}

export function isTagUnder(
  key: PairwiseKey,
  tag: Uint8Array,
  { direction, bytes }: { readonly direction: Direction; readonly bytes: Uint8Array },
): boolean {
  return tag.length === TAG_BYTES && isEqual(tag, tagUnder(key, direction, bytes));
}

/** @param Key whatever the code is made with */
export interface PairwiseKeys<Key> {
  readonly self: NodeId;
  /** Of what `sender` says to `receiver`, one of whom is this node; null for a stranger. */
  keyOf(sender: NodeId, receiver: NodeId): Key | null;
  /** @returns 16 bytes */
  codeOf(key: Key, bytes: Uint8Array): Uint8Array;
}

/** Tags under long-term keys. */
export class PairwiseTags<Key> {
  readonly #keys: PairwiseKeys<Key>;

  constructor(keys: PairwiseKeys<Key>) {
    this.#keys = keys;
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    const direction = { sender: this.#keys.self, receiver };
    const key = this.#keyFor(direction);
    return key === null ? NOTHING : tagUnder(key, direction, bytes);
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    const direction = { sender, receiver: this.#keys.self };
    const key = this.#keyFor(direction);
    return key !== null && isTagUnder(key, tag, { direction, bytes });
  }

  #keyFor({ sender, receiver }: Direction): PairwiseKey | null {
    const key = sender === receiver ? null : this.#keys.keyOf(sender, receiver);
    if (key === null) return null;
    return { number: LONG_TERM, codeOf: (bytes) => this.#keys.codeOf(key, bytes) };
  }
}

/** What is covered, again and again: to make its bytes anew costs more than the code. */
let scratch = new Uint8Array(0);

function covered(number: number, { sender, receiver }: Direction, bytes: Uint8Array): Uint8Array {
  const length = bytes.length + 12;
  if (scratch.length !== length) scratch = new Uint8Array(length);
  scratch.set(bytes);
  writeNumber(scratch, bytes.length, sender);
  writeNumber(scratch, bytes.length + 4, receiver);
  writeNumber(scratch, bytes.length + 8, number);
  return scratch;
}

function writeNumber(bytes: Uint8Array, at: number, number: number): void {
  bytes[at] = number >>> 24;
  bytes[at + 1] = number >>> 16;
  bytes[at + 2] = number >>> 8;
  bytes[at + 3] = number;
}

/** In the same time wherever they differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
