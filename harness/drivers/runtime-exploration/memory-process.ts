/** One process of a machine of memory: what it holds, until it ends. */
import type { DiskWeather, HostEvents } from "./disk-weather.ts";
import type { MemoryDisk } from "./memory-disk.ts";
import type { MemoryFile } from "./memory-file.ts";
import type { MemoryNetwork } from "./memory-network.ts";
import type { World } from "./world.ts";

/** What its process knows of the machine that it runs on. */
export interface Machine {
  readonly name: string;
  readonly world: World;
  readonly network: MemoryNetwork;
  readonly events: HostEvents;
  readonly disk: MemoryDisk;
  readonly weather: DiskWeather;
  /** How many files and sockets its process may have open. */
  readonly descriptorsMax: number;
  readonly dataFolder: string;
  readonly auditFile: string;
}

export interface OpenFile {
  readonly path: string;
  /** Null: a folder, or nothing at all. */
  readonly file: MemoryFile | null;
  readonly isAppending: boolean;
}

/** A socket or a server: gone with its process. */
export interface Handle {
  /** False: the process had none left for it. */
  readonly hasDescriptor: boolean;
  /** What the others see of it. */
  abandon(way: ProcessEnd): void;
}

/** `silent`: the power is gone, so that nobody is told. */
export type ProcessEnd = "closed" | "silent";

let running: MemoryProcess | null = null;

/** Whose turn it is. @throws where the code under test runs outside of any process */
export function runningProcess(): MemoryProcess {
  if (running === null) throw new Error("no process of this world runs now");
  return running;
}

function takesTurn(process: MemoryProcess): void {
  running = process;
}

export class MemoryProcess {
  readonly host: Machine;
  readonly files = new Map<number, OpenFile>();
  readonly handles = new Set<Handle>();
  readonly timers = new Set<object>();
  /** What goes on beside the turns, in promises and ticks of the machine, while there is any. */
  readonly streams = new Set<{ destroy(): unknown }>();
  /** What it has made checksums of. */
  summedBytes = 0;
  /** It was told to stop. */
  isLeaving = false;
  #nextDescriptor = 3;
  #isAlive = true;

  constructor(host: Machine) {
    this.host = host;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get descriptors(): number {
    const handles = [...this.handles].filter(({ hasDescriptor }) => hasDescriptor);
    return this.files.size + handles.length;
  }

  get hasDescriptor(): boolean {
    return this.descriptors < this.host.descriptorsMax;
  }

  open(file: OpenFile): number {
    const descriptor = this.#nextDescriptor;
    this.#nextDescriptor += 1;
    this.files.set(descriptor, file);
    return descriptor;
  }

  /**
   * What is thrown here ends a process like any other. It stays the running one until the next
   * turn of somebody: what waits for a promise of this turn goes on before that.
   */
  turn(action: () => void): void {
    if (!this.#isAlive) return;
    takesTurn(this);
    if (this.streams.size > 0) this.host.world.stir();
    try {
      action();
    } catch (error) {
      if (this.#isAlive) this.host.events.onCrashed(error);
    }
  }

  end(way: ProcessEnd): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const handle of this.handles) handle.abandon(way);
    this.handles.clear();
    this.files.clear();
    this.timers.clear();
    // node:http keeps a parser for each that is open, and with it all of this world.
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }
}
