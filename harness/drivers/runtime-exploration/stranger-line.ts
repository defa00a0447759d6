/** A connection of somebody who is no honest process: he says any bytes, and hears what comes. */
import { type Frame, FrameDecoder } from "../../../nodes/runtime/frame.ts";
import type { MemoryHost } from "./memory-host.ts";
import { MemorySocket } from "./memory-sockets.ts";

export interface StrangerEvents {
  onConnected(line: StrangerLine): void;
  onFrame(line: StrangerLine, frame: Frame): void;
}

export class StrangerLine {
  readonly #socket: MemorySocket;
  readonly #decoder = new FrameDecoder();
  #isOpen = false;
  #hasEnded = false;

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
    host.network.dial(socket, host.name, { host: to, port: 1 });
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#hasEnded;
  }

  say(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.destroy();
  }
}
