/** Somebody who asks for pages, honestly or not: one connection, what he says, what he hears. */
import { PORTS } from "./connection.ts";
import type { MemoryHost } from "./memory-host.ts";
import { MemorySocket } from "./memory-socket.ts";

export const STATUS_QUESTION = "GET /status HTTP/1.1\r\nhost: replica\r\n\r\n";

export class PageVisitor {
  readonly #socket: MemorySocket;
  #isOpen = false;
  #hasEnded = false;
  heard = "";

  constructor(host: MemoryHost, to: string, says: string) {
    const socket = new MemorySocket(host.process ?? host.boot());
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      this.#isOpen = true;
      if (says !== "") socket.write(Buffer.from(says, "latin1"));
    });
    socket.on("close", () => {
      this.#hasEnded = true;
    });
    socket.on("data", (chunk: Buffer) => {
      this.heard += chunk.toString("latin1");
    });
    host.network.dial(socket, host.name, { host: to, port: PORTS.pages });
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#hasEnded;
  }

  get isAnswered(): boolean {
    return this.heard.startsWith("HTTP/1.1 200 ") && this.heard.endsWith("}\r\n0\r\n\r\n");
  }

  end(): void {
    this.#socket.destroy();
  }
}
