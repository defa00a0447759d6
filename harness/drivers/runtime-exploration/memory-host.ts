/** One machine: a disk that outlives its process, and how well it does what it is asked. */
import { fairWeather, type HostEvents } from "./disk-weather.ts";
import { MemoryDisk } from "./memory-disk.ts";
import type { MemoryNetwork } from "./memory-network.ts";
import { type Machine, MemoryProcess, type ProcessEnd } from "./memory-process.ts";
import { Strictest } from "./strictest.ts";
import type { World } from "./world.ts";

export class MemoryHost implements Machine {
  readonly name: string;
  readonly world: World;
  readonly network: MemoryNetwork;
  readonly events: HostEvents;
  disk = new MemoryDisk();
  weather = fairWeather();
  readonly descriptors = new Strictest(400, Math.min);
  process: MemoryProcess | null = null;

  constructor(name: string, network: MemoryNetwork, events: HostEvents) {
    this.name = name;
    this.network = network;
    this.world = network.world;
    this.events = events;
  }

  get descriptorsMax(): number {
    return this.descriptors.value;
  }

  get dataFolder(): string {
    return `/${this.name}/data`;
  }

  get auditFile(): string {
    return `/${this.name}/audit.jsonl`;
  }

  boot(): MemoryProcess {
    this.network.darken(this.name, false);
    this.process = new MemoryProcess(this);
    return this.process;
  }

  /** The page cache stays. */
  kill(): void {
    this.#end("closed");
  }

  powerCut(): void {
    this.#end("silent");
    this.network.darken(this.name, true);
    this.disk.cut(this.world.random);
  }

  #end(way: ProcessEnd): void {
    this.process?.end(way);
    this.process = null;
  }
}
