/**
 * Frames of the transport (`wire.md`): `length u32 | type u8 | body`, where length counts type and
 * body, and on some connections with codes. Big-endian. What a body means is the handshake's or the
 * protocol's business.
 */
import type { NodeId } from "../protocols/contract/core.ts";
import { FRAME_BYTES_MAX } from "../protocols/contract/limits.ts";
import { FRAME_CODE_BYTES, type FrameCodes, LENGTH_CHECK_BYTES } from "./frame-codes.ts";

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
const TYPE_BYTES = 1;
const HEADER_BYTES = LENGTH_BYTES + TYPE_BYTES;
const CLIENT_BYTES = 4;
const INITIAL_PARTIAL_BYTES = 64 * 1024;

export interface OutboundFrame {
  readonly type: FrameType;
  readonly body: Uint8Array;
  /** The logical client whom a `reply` is for, or whose request it is; only the reply names it. */
  readonly client?: NodeId | undefined;
}

/** How many bytes the frame takes on the wire, its code not counted. */
export function wireBytes(frame: OutboundFrame): number {
  return HEADER_BYTES + frame.body.length + (addressee(frame) === undefined ? 0 : CLIENT_BYTES);
}

/** How many bytes it takes besides. */
export function codeBytes(codes: FrameCodes | null): number {
  return codes === null ? 0 : LENGTH_CHECK_BYTES + FRAME_CODE_BYTES;
}

function addressee({ type, client }: OutboundFrame): NodeId | undefined {
  return type === FRAME.reply ? client : undefined;
}

/** False for a frame that every receiver would close the connection for. */
export function isSendable(frame: OutboundFrame): boolean {
  return wireBytes(frame) - HEADER_BYTES <= BODY_BYTES_MAX;
}

/**
 * @param codes of the connection that it is for; null = it carries none
 * @returns where the next frame may be written
 */
export function writeFrame(
  bytes: Buffer,
  start: number,
  frame: OutboundFrame,
  codes: FrameCodes | null,
): number {
  const length = wireBytes(frame) - LENGTH_BYTES;
  let covered = bytes.writeUInt32BE(length, start);
  if (codes !== null) covered = bytes.writeUInt32BE(codes.checkOf(length), covered);
  let offset = bytes.writeUInt8(frame.type, covered);
  const client = addressee(frame);
  if (client !== undefined) offset = bytes.writeUInt32BE(client, offset);
  bytes.set(frame.body, offset);
  const end = covered + length;
  if (codes === null) return end;
  bytes.set(codes.next(bytes.subarray(covered, end)), end);
  return end + FRAME_CODE_BYTES;
}

export function encodeFrame(frame: OutboundFrame, codes: FrameCodes | null = null): Buffer {
  const bytes = Buffer.allocUnsafe(wireBytes(frame) + codeBytes(codes));
  writeFrame(bytes, 0, frame, codes);
  return bytes;
}

/**
 * The same bytes as a plain Uint8Array: a core must get one, because `slice` of a Buffer is a view
 * where everybody expects a copy.
 */
export function plainBytes(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export type FrameFault = "empty-frame" | "oversized-frame" | "wrong-code";

export interface Frame {
  readonly type: number;
  readonly body: Buffer;
  /** All that came. */
  readonly wireBytes: number;
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
  /** Once they are known: what every further frame carries. */
  codes: FrameCodes | null = null;
  readonly #chunks: Buffer[] = [];
  /** In the first chunk. */
  #offset = 0;
  #waitingBytes = 0;
  #partial: Buffer | null = null;
  #filled = 0;
  /** How long the partial frame is, or its head, as long as that is all that is known. */
  #wanted = 0;

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

  get #headBytes(): number {
    return this.codes === null ? LENGTH_BYTES : LENGTH_BYTES + LENGTH_CHECK_BYTES;
  }

  /** The size of the whole frame, as the head there says. */
  #sizeAt(at: number, bytes: Buffer): number | FrameFault {
    const { codes } = this;
    const length = bytes.readUInt32BE(at);
    if (codes !== null && bytes.readUInt32BE(at + LENGTH_BYTES) !== codes.checkOf(length)) {
      return "wrong-code";
    }
    if (length === 0) return "empty-frame";
    if (length - 1 > this.bodyBytesMax) return "oversized-frame";
    return LENGTH_BYTES + length + codeBytes(codes);
  }

  /** A frame that is whole in this chunk; otherwise the rest of the chunk is kept. */
  #cut(chunk: Buffer): Frame | FrameFault | null {
    const start = this.#offset;
    const left = chunk.length - start;
    if (left < this.#headBytes) return this.#keep(chunk, this.#headBytes);
    const size = this.#sizeAt(start, chunk);
    if (typeof size === "string") return size;
    if (left < size) return this.#keep(chunk, size);
    this.#consume(chunk, size);
    return this.#opened(chunk, start, size);
  }

  #keep(chunk: Buffer, wanted: number): null {
    const left = chunk.length - this.#offset;
    this.#wanted = wanted;
    this.#partial = Buffer.allocUnsafe(Math.max(left, Math.min(wanted, INITIAL_PARTIAL_BYTES)));
    this.#filled = chunk.copy(this.#partial, 0, this.#offset);
    this.#consume(chunk, left);
    return null;
  }

  /** Takes from the chunk what completes the head, or the frame; never more. */
  #extend(partial: Buffer, chunk: Buffer): Frame | FrameFault | null {
    const taken = Math.min(this.#wanted - this.#filled, chunk.length - this.#offset);
    const target = this.#withRoomFor(partial, taken);
    chunk.copy(target, this.#filled, this.#offset, this.#offset + taken);
    this.#filled += taken;
    this.#consume(chunk, taken);
    if (this.#filled < this.#wanted) return null;
    if (this.#wanted > this.#headBytes) return this.#completed(target);
    const size = this.#sizeAt(0, target);
    if (typeof size === "string") return size;
    this.#wanted = size;
    return null;
  }

  #withRoomFor(partial: Buffer, bytes: number): Buffer {
    const needed = this.#filled + bytes;
    if (needed <= partial.length) return partial;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * partial.length, needed), this.#wanted));
    partial.copy(larger, 0, 0, this.#filled);
    this.#partial = larger;
    return larger;
  }

  #completed(partial: Buffer): Frame | FrameFault {
    const size = this.#wanted;
    this.#partial = null;
    this.#filled = 0;
    return this.#opened(partial, 0, size);
  }

  #opened(bytes: Buffer, at: number, wireBytes: number): Frame | FrameFault {
    const { codes } = this;
    const start = at + this.#headBytes;
    const all = at + wireBytes;
    const end = codes === null ? all : all - FRAME_CODE_BYTES;
    if (codes !== null && !codes.isNext(bytes.subarray(start, end), bytes.subarray(end, all))) {
      return "wrong-code";
    }
    return {
      type: bytes.readUInt8(start),
      body: bytes.subarray(start + TYPE_BYTES, end),
      wireBytes,
    };
  }
}
