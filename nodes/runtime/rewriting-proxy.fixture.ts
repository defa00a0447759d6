/** A proxy for one link between two replicas that knows frames, and is no friend. */
import { createServer, type Server, type Socket } from "node:net";
import { dialledFor, freshAddress } from "./cluster.fixture.ts";
import type { SocketAddress } from "./config.ts";
import { FRAME } from "./frame.ts";
import { FRAME_CODE_BYTES, LENGTH_CHECK_BYTES } from "./frame-codes.ts";

/** Which bytes of a frame are what: where the channel has no codes those have no length. */
export interface SeenFrame {
  readonly bytes: Buffer;
  /** Type and body. */
  readonly start: number;
  readonly end: number;
}

/** What goes on in its place, one after the other. */
export type Meddle = (frame: SeenFrame) => readonly Buffer[];

export const PASS: Meddle = ({ bytes }) => [bytes];

export class RewritingProxy {
  readonly address = freshAddress();
  /** With every frame towards the target that follows the handshake. */
  meddle: Meddle = PASS;
  readonly #target: SocketAddress;
  readonly #codeBytes: { readonly check: number; readonly code: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  constructor(target: SocketAddress, channels: "coded" | "bare") {
    this.#target = target;
    this.#codeBytes =
      channels === "coded"
        ? { check: LENGTH_CHECK_BYTES, code: FRAME_CODE_BYTES }
        : { check: 0, code: 0 };
  }

  async open(): Promise<void> {
    const server = createServer((downstream) => this.#join(downstream));
    this.#server = server;
    await new Promise<void>((resolve) =>
      server.listen(this.address.port, this.address.host, resolve),
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #join(downstream: Socket): void {
    const upstream = dialledFor(downstream, { target: this.#target, sockets: this.#sockets });
    let rest: Buffer = Buffer.alloc(0);
    let isProven = false;
    downstream.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let size = this.#sizeOf(rest, isProven); size <= rest.length; ) {
        const bytes = rest.subarray(0, size);
        rest = rest.subarray(size);
        for (const each of isProven ? this.meddle(this.#seen(bytes)) : [bytes]) {
          upstream.write(each);
        }
        isProven ||= bytes[4] === FRAME.proof;
        size = this.#sizeOf(rest, isProven);
      }
    });
  }

  #sizeOf(bytes: Buffer, isProven: boolean): number {
    if (bytes.length < 4) return Number.POSITIVE_INFINITY;
    const { check, code } = this.#codeBytes;
    return 4 + bytes.readUInt32BE(0) + (isProven ? check + code : 0);
  }

  #seen(bytes: Buffer): SeenFrame {
    const { check, code } = this.#codeBytes;
    return { bytes, start: 4 + check, end: bytes.length - code };
  }
}
