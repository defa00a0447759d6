/**
 * Frames of the transport (`wire.md`): `length u32 | type u8 | body`, where length counts type and
 * body. Big-endian. What a body means is the handshake's or the protocol's business.
 */
import { assert } from "../protocols/assert.ts";
import type { NodeId } from "../protocols/core.ts";
import { FRAME_BYTES_MAX } from "../protocols/limits.ts";

export const FRAME = {
  hello: 1,
  challenge: 2,
  proof: 3,
  ready: 4,
  /** A protocol frame, dialler to acceptor. */
  data: 16,
  /** A protocol frame for one logical client, acceptor to client host: `client u32 | frame`. */
  reply: 17,
  beat: 18,
} as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** The longest body of an authenticated peer's frame. */
export const BODY_BYTES_MAX = FRAME_BYTES_MAX;
/** Nobody who has not proven who he is can make us hold more than this. */
export const HANDSHAKE_BODY_BYTES_MAX = 256;

const LENGTH_BYTES = 4;
const HEADER_BYTES = 5;
const CLIENT_BYTES = 4;
const INITIAL_PARTIAL_BYTES = 64 * 1024;

export interface OutboundFrame {
  readonly type: FrameType;
  readonly body: Uint8Array;
  /** The logical client of a `reply`. */
  readonly client?: NodeId;
}

/** How many bytes the frame takes on the wire. */
export function wireBytes(frame: OutboundFrame): number {
  return HEADER_BYTES + frame.body.length + (frame.client === undefined ? 0 : CLIENT_BYTES);
}

/** @returns where the next frame may be written */
export function writeFrame(target: Buffer, start: number, frame: OutboundFrame): number {
  const size = wireBytes(frame);
  assert(size - HEADER_BYTES <= BODY_BYTES_MAX, () => `a frame of ${size} bytes is over the limit`);
  let offset = target.writeUInt32BE(size - LENGTH_BYTES, start);
  offset = target.writeUInt8(frame.type, offset);
  if (frame.client !== undefined) offset = target.writeUInt32BE(frame.client, offset);
  target.set(frame.body, offset);
  return start + size;
}

export function encodeFrame(frame: OutboundFrame): Buffer {
  const bytes = Buffer.allocUnsafe(wireBytes(frame));
  writeFrame(bytes, 0, frame);
  return bytes;
}

/**
 * The same bytes as a plain Uint8Array: a core must get one, because `slice` of a Buffer is a view
 * where everybody expects a copy.
 */
export function plainBytes(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export type FrameFault = "empty-frame" | "oversized-frame";

/**
 * Cuts a byte stream into frames. A body that came in one chunk is a view of that chunk, not a
 * copy; a longer one is assembled in a buffer that grows with what has really arrived, so that a
 * length alone, or a stream of single bytes, costs the receiver nothing.
 */
export class FrameDecoder {
  /** Raised once the peer is authenticated. */
  bodyBytesMax = HANDSHAKE_BODY_BYTES_MAX;
  readonly #onFrame: (type: number, body: Buffer) => void;
  #partial: Buffer | null = null;
  #filled = 0;
  #stopped = false;

  constructor(onFrame: (type: number, body: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Frames that are still in the current chunk are dropped too. */
  stop(): void {
    this.#stopped = true;
    this.#partial = null;
  }

  /** @returns null, or why this stream cannot be read any further */
  push(chunk: Buffer): FrameFault | null {
    let offset = 0;
    while (!this.#stopped && offset < chunk.length) {
      if (this.#partial !== null) {
        offset += this.#extendPartial(this.#partial, chunk, offset);
        const fault = this.#emitPartial();
        if (fault !== null) return fault;
        continue;
      }
      const left = chunk.length - offset;
      if (left < LENGTH_BYTES) return this.#keep(chunk, offset);
      const length = chunk.readUInt32BE(offset);
      const fault = this.#faultOf(length);
      if (fault !== null) return fault;
      if (left < LENGTH_BYTES + length) return this.#keep(chunk, offset);
      const end = offset + LENGTH_BYTES + length;
      this.#onFrame(
        chunk.readUInt8(offset + LENGTH_BYTES),
        chunk.subarray(offset + HEADER_BYTES, end),
      );
      offset = end;
    }
    return null;
  }

  #faultOf(length: number): FrameFault | null {
    if (length === 0) return "empty-frame";
    return length - 1 > this.bodyBytesMax ? "oversized-frame" : null;
  }

  #keep(chunk: Buffer, offset: number): null {
    const left = chunk.length - offset;
    this.#partial = Buffer.allocUnsafe(Math.max(left, this.#limitOf(chunk, offset, left)));
    this.#filled = chunk.copy(this.#partial, 0, offset);
    return null;
  }

  /** How much to allocate for a frame whose first `left` bytes are at `offset`. */
  #limitOf(chunk: Buffer, offset: number, left: number): number {
    if (left < LENGTH_BYTES) return HANDSHAKE_BODY_BYTES_MAX;
    return Math.min(LENGTH_BYTES + chunk.readUInt32BE(offset), INITIAL_PARTIAL_BYTES);
  }

  /** @returns how many bytes of the chunk it took: never more than complete this one frame */
  #extendPartial(partial: Buffer, chunk: Buffer, offset: number): number {
    const wanted = this.#wantedBytes(partial) - this.#filled;
    const taken = Math.min(wanted, chunk.length - offset);
    if (this.#filled + taken > partial.length) {
      const grown = Math.max(2 * partial.length, this.#filled + taken);
      const larger = Buffer.allocUnsafe(Math.min(grown, this.#wantedBytes(partial)));
      partial.copy(larger, 0, 0, this.#filled);
      this.#partial = larger;
    }
    chunk.copy(this.#partial ?? partial, this.#filled, offset, offset + taken);
    this.#filled += taken;
    return taken;
  }

  /** The whole frame, or at first only its length field. */
  #wantedBytes(partial: Buffer): number {
    return this.#filled < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + partial.readUInt32BE(0);
  }

  #emitPartial(): FrameFault | null {
    const partial = this.#partial;
    if (partial === null || this.#filled < LENGTH_BYTES) return null;
    const length = partial.readUInt32BE(0);
    const fault = this.#faultOf(length);
    if (fault !== null) return fault;
    if (this.#filled < LENGTH_BYTES + length) return null;
    this.#partial = null;
    this.#filled = 0;
    this.#onFrame(
      partial.readUInt8(LENGTH_BYTES),
      partial.subarray(HEADER_BYTES, LENGTH_BYTES + length),
    );
    return null;
  }
}
