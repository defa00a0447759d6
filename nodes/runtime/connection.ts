import type { Socket } from "node:net";
import { BODY_BYTES_MAX, encodeFrame, FrameDecoder, type OutboundFrame } from "./frame.ts";

export interface ConnectionEvents {
  /** @returns null, or why the connection must be closed */
  onFrame(type: number, body: Buffer): string | null;
  /** Everything that was written has left; more may be written. */
  onDrain(): void;
  /** Once. `fault` is null if the peer or the network closed it. */
  onClosed(fault: string | null): void;
}

/** One TCP connection: bytes in, frames out. Whatever arrives, it never throws. */
export class Connection {
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  #events: ConnectionEvents;
  #closed = false;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#decoder = new FrameDecoder((type, body) => {
      const fault = this.#events.onFrame(type, body);
      if (fault !== null) this.close(fault);
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      const fault = this.#decoder.push(chunk);
      if (fault !== null) this.close(fault);
    });
    socket.on("drain", () => this.#events.onDrain());
    // An error is always followed by `close`, and there is nobody to tell but the caller of that.
    socket.on("error", () => undefined);
    socket.on("close", () => this.close(null));
  }

  /** The peer has proven who it is: frames of full size from now on, for these handlers. */
  authenticated(events: ConnectionEvents): void {
    this.#decoder.bodyBytesMax = BODY_BYTES_MAX;
    this.#events = events;
  }

  /** True while the kernel takes no more: what is written now piles up in this process. */
  get isBlocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  write(bytes: Buffer): void {
    if (!this.#closed) this.#socket.write(bytes);
  }

  sendNow(frame: OutboundFrame): void {
    this.write(encodeFrame(frame));
  }

  close(fault: string | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#decoder.stop();
    this.#socket.destroy();
    this.#events.onClosed(fault);
  }
}
