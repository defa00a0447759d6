/**
 * Codes on the frames of a connection (protocols §21.1): each shows that this frame is the next one
 * of whoever finished the handshake. The frames are counted and their numbers are not sent, so that
 * one that was changed, left out, repeated, moved or added is noticed at that place. The length has
 * a check of its own, in front: else whoever makes it larger has the receiver wait for megabytes.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { sipHash128 } from "./sip-hash.ts";

export const FRAME_CODE_BYTES = 16;
export const LENGTH_CHECK_BYTES = 4;

const DIGEST_BYTES = 32;

/** What one side says on one connection. */
export class FrameCodes {
  readonly #key: Uint8Array;
  /** The digest of a frame and its number. */
  readonly #statement = Buffer.alloc(DIGEST_BYTES + 8);
  readonly #head = Buffer.alloc(8 + 4);
  #number = 0;

  /** @param key of this direction of this connection alone */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @returns what stands behind the length of the next frame, a number of 32 bits */
  checkOf(length: number): number {
    this.#head.writeUIntBE(this.#number, 2, 6);
    this.#head.writeUInt32BE(length, 8);
    const [a = 0, b = 0, c = 0, d = 0] = sipHash128(this.#key, this.#head);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  /** @param frame type and body @returns `FRAME_CODE_BYTES` bytes */
  next(frame: Uint8Array): Uint8Array {
    // A digest first: written out in this language the code is slow where much is to be covered.
    this.#statement.set(hash("sha256", frame, "buffer"));
    this.#statement.writeUIntBE(this.#number, DIGEST_BYTES + 2, 6);
    this.#number += 1;
    return sipHash128(this.#key, this.#statement);
  }

  isNext(frame: Uint8Array, code: Uint8Array): boolean {
    return timingSafeEqual(this.next(frame), code);
  }
}

/** Both ways of a connection, as one end of it has them. */
export interface ChannelCodes {
  readonly sending: FrameCodes;
  readonly receiving: FrameCodes;
}
