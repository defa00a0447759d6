/** A connection of somebody who is no honest process: he says any bytes, and hears what comes. */
import { type Frame, FrameDecoder } from "../../../nodes/runtime/frame.ts";
import { PORTS } from "./connection.ts";
import type { MemoryHost } from "./memory-host.ts";
import { MemorySocket } from "./memory-socket.ts";

export interface StrangerEvents {
  onConnected(line: StrangerLine): void;
  onFrame(line: StrangerLine, frame: Frame): void;
}

export class StrangerLine {
  readonly #socket: MemorySocket;
  readonly #decoder = new FrameDecoder();
  #isOpen = false;
  #hasEnded = false;
  #saidBytes = 0;

  constructor(host: MemoryHost, to: string, events: StrangerEvents) {
    const process = host.process ?? host.boot();
    const socket = new MemorySocket(process);
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      this.#isOpen = true;
      events.onConnected(this);
    });
    socket.on("close", () => {
      this.#hasEnded = true;
    });
    socket.on("data", (chunk: Buffer) => {
      this.#decoder.feed(chunk);
      for (let frame = this.#decoder.next(); frame !== null; frame = this.#decoder.next()) {
        // What comes behind a READY may carry codes that nobody here can read.
        if (typeof frame === "string") return;
        events.onFrame(this, frame);
      }
    });
    host.network.dial(socket, host.name, { host: to, port: PORTS.peers });
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#hasEnded;
  }

  /** What has left him, read by the other end or not. */
  get sentBytes(): number {
    return this.#saidBytes - this.#socket.unsentBytes;
  }

  say(bytes: Buffer): void {
    this.#saidBytes += bytes.length;
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.destroy();
  }
}
