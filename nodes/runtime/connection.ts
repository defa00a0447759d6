import type { Socket } from "node:net";
import {
  BODY_BYTES_MAX,
  encodeFrame,
  type Frame,
  FrameDecoder,
  type OutboundFrame,
} from "./frame.ts";
import type { ChannelCodes, FrameCodes } from "./frame-codes.ts";

/** Reading from the socket of a proven peer rests while more than this waits to be looked at. */
const WAITING_BYTES_MAX = 256 * 1024;

export interface ConnectionEvents {
  /** Something has come, or the end: `read` tells. */
  onReadable(): void;
  /** Everything that was written has left; more may be written. */
  onDrain(): void;
  /**
   * Once; not before what came has been read, unless this side closes it. `fault` is null if this
   * side stops.
   */
  onClosed(fault: string | null): void;
}

/** One TCP connection: bytes in, frames out. Whatever arrives, it never throws. */
export class Connection {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder();
  #events: ConnectionEvents;
  /** Of a stranger we hold one chunk and ask for no more before that has been looked at. */
  #waitingBytesMax = 0;
  /** Why the other side, or the network, closed it. */
  #ended: "closed-by-peer" | "connection-lost" | null = null;
  #isClosed = false;
  #codes: ChannelCodes | null = null;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#decoder.feed(chunk);
      if (this.#decoder.waitingBytes > this.#waitingBytesMax) socket.pause();
      this.#events.onReadable();
    });
    socket.on("drain", () => this.#events.onDrain());
    // An error is always followed by `close`, and there is nobody to tell but the caller of that.
    socket.on("error", () => undefined);
    socket.on("close", (hadError) => {
      this.#ended = hadError ? "connection-lost" : "closed-by-peer";
      if (this.#decoder.waitingBytes === 0) this.close(this.#ended);
    });
  }

  /** The peer has proven who it is: these handlers from now on. */
  authenticated(events: ConnectionEvents): void {
    this.#events = events;
  }

  /** From the next frame on, either way, each carries its code. */
  carryCodes(codes: ChannelCodes | null): void {
    this.#codes = codes;
    this.#decoder.codes = codes?.receiving ?? null;
  }

  /** For what `write` is to write next. */
  get sendingCodes(): FrameCodes | null {
    return this.#codes?.sending ?? null;
  }

  /** A proven peer that has something to say: frames of full size, and some of them at a time. */
  acceptFullFrames(): void {
    this.#decoder.bodyBytesMax = BODY_BYTES_MAX;
    this.#waitingBytesMax = WAITING_BYTES_MAX;
  }

  /** True while the kernel takes no more: what is written now piles up in this process. */
  get isBlocked(): boolean {
    return this.#ended !== null || this.#socket.writableNeedDrain;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Memory that a frame whose end has not come takes. */
  get partialBytes(): number {
    return this.#decoder.partialBytes;
  }

  /** @returns null if no whole frame is there; what cannot be a frame closes the connection */
  read(): Frame | null {
    const found = this.#decoder.next();
    if (typeof found === "string") {
      this.close(found);
      return null;
    }
    if (this.#decoder.waitingBytes <= this.#waitingBytesMax / 4) this.#resume();
    if (found === null && this.#ended !== null) this.close(this.#ended);
    return found;
  }

  write(bytes: Buffer): void {
    if (!this.#isClosed && this.#ended === null) this.#socket.write(bytes);
  }

  sendNow(frame: OutboundFrame): void {
    this.write(encodeFrame(frame, this.sendingCodes));
  }

  close(fault: string | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#decoder.stop();
    this.#socket.destroy();
    this.#events.onClosed(fault);
  }

  #resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}
