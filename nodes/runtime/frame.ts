/**
 * Frames of the transport (`wire.md`): `length u32 | type u8 | body`, where length counts type and
 * body. Big-endian. What a body means is the handshake's or the protocol's business.
 */
import type { NodeId } from "../protocols/contract/core.ts";
import { FRAME_BYTES_MAX } from "../protocols/contract/limits.ts";

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
  /** The logical client whom a `reply` is for, or whose request it is; only the reply names it. */
  readonly client?: NodeId;
}

/** How many bytes the frame takes on the wire. */
export function wireBytes(frame: OutboundFrame): number {
  return HEADER_BYTES + frame.body.length + (addressee(frame) === undefined ? 0 : CLIENT_BYTES);
}

function addressee({ type, client }: OutboundFrame): NodeId | undefined {
  return type === FRAME.reply ? client : undefined;
}

/** False for a frame that every receiver would close the connection for. */
export function isSendable(frame: OutboundFrame): boolean {
  return wireBytes(frame) - HEADER_BYTES <= BODY_BYTES_MAX;
}

/** @returns where the next frame may be written */
export function writeFrame(target: Buffer, start: number, frame: OutboundFrame): number {
  const size = wireBytes(frame);
  let offset = target.writeUInt32BE(size - LENGTH_BYTES, start);
  offset = target.writeUInt8(frame.type, offset);
  const client = addressee(frame);
  if (client !== undefined) offset = target.writeUInt32BE(client, offset);
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

export interface Frame {
  readonly type: number;
  readonly body: Buffer;
}

/** What a chunk costs beside its bytes: a stream of single bytes must not be cheap to keep. */
const CHUNK_OVERHEAD_BYTES = 256;

/**
 * Cuts a byte stream into frames, when it is asked for the next one. A body that came in one chunk
 * is a view of that chunk, not a copy; a longer one is assembled in a buffer that grows with what
 * has really arrived, so that a length alone, or a stream of single bytes, costs the receiver
 * nothing.
 */
export class FrameDecoder {
  /** Raised once the peer is authenticated. */
  bodyBytesMax = HANDSHAKE_BODY_BYTES_MAX;
  readonly #chunks: Buffer[] = [];
  /** In the first chunk. */
  #offset = 0;
  #waitingBytes = 0;
  #partial: Buffer | null = null;
  #filled = 0;

  /** What was fed and not looked at yet, and what it takes to keep it. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** What the frame whose end has not come takes. */
  get partialBytes(): number {
    return this.#partial?.length ?? 0;
  }

  feed(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length + CHUNK_OVERHEAD_BYTES;
  }

  /** Forgets everything that was fed. */
  stop(): void {
    this.#chunks.length = 0;
    this.#waitingBytes = 0;
    this.#partial = null;
  }

  /** @returns null until more is fed, or why this stream cannot be read any further */
  next(): Frame | FrameFault | null {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const partial = this.#partial;
      const found = partial === null ? this.#cut(chunk) : this.#extend(partial, chunk);
      if (found !== null) return found;
    }
    return null;
  }

  #consume(chunk: Buffer, bytes: number): void {
    this.#offset += bytes;
    this.#waitingBytes -= bytes;
    if (this.#offset < chunk.length) return;
    this.#chunks.shift();
    this.#offset = 0;
    this.#waitingBytes -= CHUNK_OVERHEAD_BYTES;
  }

  #faultOf(length: number): FrameFault | null {
    if (length === 0) return "empty-frame";
    return length - 1 > this.bodyBytesMax ? "oversized-frame" : null;
  }

  /** A frame that is whole in this chunk; otherwise the rest of the chunk is kept. */
  #cut(chunk: Buffer): Frame | FrameFault | null {
    const start = this.#offset;
    const left = chunk.length - start;
    if (left < LENGTH_BYTES) return this.#keep(chunk, HANDSHAKE_BODY_BYTES_MAX);
    const length = chunk.readUInt32BE(start);
    const fault = this.#faultOf(length);
    if (fault !== null) return fault;
    const size = LENGTH_BYTES + length;
    if (left < size) return this.#keep(chunk, Math.min(size, INITIAL_PARTIAL_BYTES));
    this.#consume(chunk, size);
    return frameOf(chunk.subarray(start, start + size));
  }

  #keep(chunk: Buffer, capacity: number): null {
    const left = chunk.length - this.#offset;
    this.#partial = Buffer.allocUnsafe(Math.max(left, capacity));
    this.#filled = chunk.copy(this.#partial, 0, this.#offset);
    this.#consume(chunk, left);
    return null;
  }

  /** Takes from the chunk what completes this one frame, never more. */
  #extend(partial: Buffer, chunk: Buffer): Frame | FrameFault | null {
    const taken = Math.min(this.#wantedBytes(partial) - this.#filled, chunk.length - this.#offset);
    const target = this.#withRoomFor(partial, taken);
    chunk.copy(target, this.#filled, this.#offset, this.#offset + taken);
    this.#filled += taken;
    this.#consume(chunk, taken);
    return this.#completed(target);
  }

  #withRoomFor(partial: Buffer, bytes: number): Buffer {
    const needed = this.#filled + bytes;
    if (needed <= partial.length) return partial;
    const wanted = this.#wantedBytes(partial);
    const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * partial.length, needed), wanted));
    partial.copy(larger, 0, 0, this.#filled);
    this.#partial = larger;
    return larger;
  }

  /** The whole frame, or at first only its length field. */
  #wantedBytes(partial: Buffer): number {
    return this.#filled < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + partial.readUInt32BE(0);
  }

  #completed(partial: Buffer): Frame | FrameFault | null {
    if (this.#filled < LENGTH_BYTES) return null;
    const length = partial.readUInt32BE(0);
    const fault = this.#faultOf(length);
    if (fault !== null) return fault;
    if (this.#filled < LENGTH_BYTES + length) return null;
    this.#partial = null;
    this.#filled = 0;
    return frameOf(partial.subarray(0, LENGTH_BYTES + length));
  }
}

function frameOf(bytes: Buffer): Frame {
  return { type: bytes.readUInt8(LENGTH_BYTES), body: bytes.subarray(HEADER_BYTES) };
}
