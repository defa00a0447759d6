/**
 * Tags under keys that two nodes share. What is authenticated is the statement, its direction and
 * the number of the key, so that no tag is good for another pair of nodes, on the way back, or
 * under another key (protocols §2.7).
 */
import { TAG_BYTES } from "../contract/authenticator.ts";
import type { NodeId } from "../contract/core.ts";
import { Reader, sameBytes, Writer } from "../wire/codec.ts";

const MAC_BYTES = TAG_BYTES - 4;
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
    const code = this.#code({ sender: this.#keys.self, receiver }, bytes);
    if (code === null) return NOTHING;
    return new Writer(TAG_BYTES).u32(NUMBER).raw(code).finish();
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    const reader = new Reader(tag);
    const number = reader.u32();
    const claimed = reader.raw(MAC_BYTES);
    if (!reader.complete || number !== NUMBER) return false;
    const code = this.#code({ sender, receiver: this.#keys.self }, bytes);
    return code !== null && sameBytes(claimed, code);
  }

  #code({ sender, receiver }: Link, bytes: Uint8Array): Uint8Array | null {
    if (sender === receiver) return null;
    const key = this.#keys.keyOf(sender, receiver);
    if (key === null) return null;
    const covered = new Writer(bytes.length + 12)
      .raw(bytes)
      .u32(sender)
      .u32(receiver)
      .u32(NUMBER)
      .finish();
    return this.#keys.codeOf(key, covered);
  }
}
