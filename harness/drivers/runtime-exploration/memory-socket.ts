/** The parts of node:net's Socket that a connection uses, and how they behave. */
import { EventEmitter } from "node:events";
import type { Connection, Pipe, Pipes, SocketEnd } from "./connection.ts";
import type { Handle, MemoryProcess, ProcessEnd } from "./memory-process.ts";

const SMALL_BYTES = 200;

export class MemorySocket extends EventEmitter implements Handle, SocketEnd {
  readonly #process: MemoryProcess;
  #connection: Connection | null = null;
  #pipe: Pipe | null = null;
  /** The other direction: is told what was read. */
  #source: Pipe | null = null;
  #arrived: Buffer[] = [];
  #isPaused = false;
  #isReading = false;
  #isFinished = false;
  #isDestroyed = false;
  #isClosed = false;
  #needsDrain = false;

  readonly hasDescriptor: boolean;

  /** Where none is left it never comes to be connected, and is told so. */
  constructor(process: MemoryProcess) {
    super();
    this.#process = process;
    this.hasDescriptor = process.hasDescriptor;
    process.handles.add(this);
  }

  // What the process does.

  setNoDelay(): void {}

  write(bytes: Buffer): boolean {
    if (this.#isDestroyed || !this.#process.isAlive) return false;
    this.#pipe?.push(bytes);
    this.#needsDrain = this.unsentBytes > 0;
    return !this.#needsDrain;
  }

  get unsentBytes(): number {
    return this.#pipe?.unsentBytes ?? 0;
  }

  get writableNeedDrain(): boolean {
    return this.#needsDrain;
  }

  pause(): void {
    this.#isPaused = true;
  }

  isPaused(): boolean {
    return this.#isPaused;
  }

  resume(): void {
    this.#isPaused = false;
    this.#readSoon();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#pipe?.finish();
    this.#process.host.world.soon(this.#process, () => this.#close(false));
  }

  // What the network does.

  get owner(): MemoryProcess {
    return this.#process;
  }

  get isGone(): boolean {
    return this.#isDestroyed || this.#isClosed || !this.#process.isAlive;
  }

  connected(connection: Connection, pipes: Pipes): void {
    this.#connection = connection;
    this.#pipe = pipes.writes;
    this.#source = pipes.reads;
    if (this.isGone) pipes.writes.finish();
    else this.#process.turn(() => this.emit("connect"));
  }

  arrived(bytes: Buffer): void {
    if (this.isGone) return;
    this.#arrived.push(bytes);
    this.#readSoon();
  }

  /** The other end says no more. */
  finished(): void {
    this.#isFinished = true;
    this.#readSoon();
  }

  /** Reset, or never there. */
  lost(): void {
    if (this.isGone) return;
    this.#isDestroyed = true;
    this.#arrived = [];
    this.#process.turn(() => {
      this.emit("error", new Error("ECONNRESET"));
      this.#close(true);
    });
  }

  drained(): void {
    if (!this.#needsDrain || this.isGone) return;
    this.#needsDrain = false;
    this.#process.host.world.soon(this.#process, () => {
      if (!this.isGone) this.emit("drain");
    });
  }

  abandon(way: ProcessEnd): void {
    if (way === "closed") this.#pipe?.finish();
  }

  #readSoon(): void {
    if (this.#isReading || this.#isPaused || this.isGone) return;
    if (this.#arrived.length === 0 && !this.#isFinished) return;
    this.#isReading = true;
    this.#process.host.world.soon(this.#process, () => {
      this.#isReading = false;
      this.#read();
      this.#readSoon();
    });
  }

  #read(): void {
    if (this.#isPaused || this.isGone) return;
    const first = this.#arrived[0];
    if (first === undefined) {
      if (!this.#isFinished) return;
      this.#isDestroyed = true;
      this.#pipe?.finish();
      this.#close(false);
      return;
    }
    const { world, network } = this.#process.host;
    const { random } = world;
    const isCut = first.length > (this.#connection?.link.pieceBytesMax ?? 0) || random.chance(0.1);
    // Small pieces of what is small: megabytes in sevens would take a day.
    const least = first.length > SMALL_BYTES ? first.length >> 1 : 1;
    const bytes = isCut ? random.integer(least, first.length) : first.length;
    if (bytes === first.length) this.#arrived.shift();
    else this.#arrived[0] = first.subarray(bytes);
    if (this.#connection !== null) network.wasRead(this.#connection, this, bytes);
    // A copy, as each read of a socket fills a buffer of its own.
    this.emit("data", Buffer.from(first.subarray(0, bytes)));
    this.#source?.read(bytes);
  }

  #close(hadError: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#process.handles.delete(this);
    this.emit("close", hadError);
  }
}
