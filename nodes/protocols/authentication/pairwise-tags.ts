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
const NUMBER = 0;

/** @param Key whatever the code is made with */
export interface PairwiseKeys<Key> {
  readonly self: NodeId;
  /** Of what `sender` says to `receiver`, one of whom is this node; null for a stranger. */
  keyOf(sender: NodeId, receiver: NodeId): Key | null;
  /** @returns 16 bytes */
  codeOf(key: Key, bytes: Uint8Array): Uint8Array;
}

interface Link {
  readonly sender: NodeId;
  readonly receiver: NodeId;
}

export class PairwiseTags<Key> {
  readonly #keys: PairwiseKeys<Key>;

  constructor(keys: PairwiseKeys<Key>) {
    this.#keys = keys;
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    return this.#tag({ sender: this.#keys.self, receiver }, bytes) ?? NOTHING;
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    if (tag.length !== TAG_BYTES) return false;
    const expected = this.#tag({ sender, receiver: this.#keys.self }, bytes);
    return expected !== null && isEqual(tag, expected);
  }

  #tag(link: Link, bytes: Uint8Array): Uint8Array | null {
    if (link.sender === link.receiver) return null;
    const key = this.#keys.keyOf(link.sender, link.receiver);
    if (key === null) return null;
    const tag = new Uint8Array(TAG_BYTES);
    writeNumber(tag, 0, NUMBER);
    tag.set(this.#keys.codeOf(key, covered(link, bytes)), CODE_AT);
    return tag;
  }
}

/** What is covered, again and again: to make its bytes anew costs more than the code. */
let scratch = new Uint8Array(64);

function covered({ sender, receiver }: Link, bytes: Uint8Array): Uint8Array {
  const length = bytes.length + 12;
  if (scratch.length < length) scratch = new Uint8Array(length);
  scratch.set(bytes);
  writeNumber(scratch, bytes.length, sender);
  writeNumber(scratch, bytes.length + 4, receiver);
  writeNumber(scratch, bytes.length + 8, NUMBER);
  return scratch.subarray(0, length);
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
