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

  /** @param onAnswered once, if the answer is a whole page */
  constructor(
    host: MemoryHost,
    to: string,
    ...[says, onAnswered]: readonly [says: string, onAnswered?: (page: unknown) => void]
  ) {
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
      const before = this.isAnswered;
      this.heard += chunk.toString("latin1");
      if (!before && this.isAnswered) onAnswered?.(pageIn(this.heard));
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

/** In chunks, each behind its length in bytes. */
function pageIn(answer: string): unknown {
  let page = "";
  for (let at = answer.indexOf("\r\n\r\n") + 4; at < answer.length; ) {
    const start = answer.indexOf("\r\n", at) + 2;
    const bytes = Number.parseInt(answer.slice(at, start), 16);
    page += answer.slice(start, start + bytes);
    at = start + bytes + 2;
  }
  return JSON.parse(page);
}
