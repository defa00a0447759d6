/** One direction of a connection: bytes in order, late, in any pieces, and no more than fit. */
import type { Connection, Link, Pipe, SocketEnd, Stuck } from "./connection.ts";
import type { World } from "./world.ts";

/** What the kernel is handed at a time. */
const SEGMENT_BYTES = 16 * 1024;

/** So long what is on its way may take, where a link is slow. */
const FULL_MS = 100;

interface PipeOwner {
  readonly world: World;
  tapped(connection: Connection, from: SocketEnd, bytes: Buffer): readonly Buffer[];
  delayOf(link: Link): number;
  ended(connection: Connection): void;
}

export class MemoryPipe implements Pipe {
  readonly #network: PipeOwner;
  readonly #connection: Connection;
  readonly #from: SocketEnd;
  readonly #to: SocketEnd | null;
  /** In the process that writes. */
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  /** Between the processes. */
  #sentBytes = 0;
  #arrivesMs = 0;
  #isFinished = false;

  constructor(
    network: PipeOwner,
    connection: Connection,
    ends: { readonly from: SocketEnd; readonly to: SocketEnd | null },
  ) {
    this.#network = network;
    this.#connection = connection;
    this.#from = ends.from;
    this.#to = ends.to;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  push(bytes: Buffer): void {
    for (const piece of this.#network.tapped(this.#connection, this.#from, bytes)) {
      this.#unsent.push(piece);
      this.#unsentBytes += piece.length;
    }
    this.#pump();
  }

  /** Behind what the kernel has; what it has not is gone with the process, or the socket. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#deliver(() => this.#to?.finished(), this.#stuck?.lingersMs);
    this.#network.ended(this.#connection);
  }

  /** The receiver has read so much. */
  read(bytes: number): void {
    this.#sentBytes -= bytes;
    if (!this.#isFinished) this.#pump();
  }

  #pump(): void {
    const { link } = this.#connection;
    // A slow link is no place to keep megabytes in.
    const windowBytes = Math.min(link.windowBytes, link.bytesPerMs.value * FULL_MS);
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const room = Math.min(windowBytes - this.#sentBytes, SEGMENT_BYTES, first.length);
      // A sender waits for room that is worth a segment.
      if (room < Math.min(first.length, windowBytes / 4, SEGMENT_BYTES)) return;
      const piece = first.subarray(0, room);
      if (room === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(room);
      this.#unsentBytes -= room;
      this.#sentBytes += room;
      this.#arrivesMs = Math.max(this.#arrivesMs, this.#network.world.nowMs);
      this.#arrivesMs += room / link.bytesPerMs.value;
      this.#deliver(() => this.#to?.arrived(piece));
    }
    this.#from.drained();
  }

  /** What it says of this direction. */
  get #stuck(): Stuck | null {
    const { stuck } = this.#connection;
    return stuck?.end === this.#from ? stuck : null;
  }

  /** In order. What a link drops is lost with all that follows. */
  #deliver(action: () => void, lingersMs = 0): void {
    const { world } = this.#network;
    const { link } = this.#connection;
    const delayMs = this.#network.delayOf(link);
    const leastMs = Math.max(world.nowMs + delayMs, this.#stuck?.untilMs ?? 0);
    this.#arrivesMs = Math.max(this.#arrivesMs, leastMs) + lingersMs;
    const arrive = (): void => {
      if (link.state === "drop") this.#connection.isDoomed = true;
      if (this.#connection.isDoomed) return;
      if (link.state === "hold") link.held.push(arrive);
      else action();
    };
    world.after(this.#arrivesMs - world.nowMs, null, arrive);
  }
}
