/** The host of the clients, process after process. */
import type { ClientHost } from "../../../nodes/client/client-host.ts";
import type { PeerCounters } from "../../../nodes/runtime/peer-counters.ts";
import { CLIENTS } from "./cluster-keys.ts";
import type { Judge } from "./judge.ts";
import type { MemoryHost } from "./memory-host.ts";

export interface ClientsParts {
  readonly host: MemoryHost;
  readonly judge: Judge;
  /** Called in the process that it is for. */
  readonly make: () => ClientHost;
}

export class ClientsLife {
  readonly #parts: ClientsParts;
  #running: ClientHost | null = null;

  constructor(parts: ClientsParts) {
    this.#parts = parts;
  }

  get host(): MemoryHost {
    return this.#parts.host;
  }

  start(): void {
    const { host, make } = this.#parts;
    if (host.process?.isAlive === true) return;
    host.boot().turn(() => {
      const clients = make();
      this.#running = clients;
      for (let index = 1; index <= CLIENTS; index += 1) this.#ask(clients, index);
    });
  }

  #ask(clients: ClientHost, index: number): void {
    clients.invoke(index, new Uint8Array(0), () => {
      if (this.#running === clients) this.#ask(clients, index);
    });
  }

  /** By replica name. */
  counters(): Readonly<Record<string, PeerCounters>> {
    return this.#running?.peers() ?? {};
  }

  kill(): void {
    this.#running = null;
    this.host.kill();
  }

  powerCut(): void {
    this.#running = null;
    this.host.powerCut();
  }

  /** Nothing of it may be left then. */
  stop(): void {
    const { host, judge } = this.#parts;
    const { process, world } = host;
    const clients = this.#running;
    if (process === null || clients === null) return;
    this.#running = null;
    process.isLeaving = true;
    process.turn(() => clients.close());
    world.after(1, process, () => {
      const left = process.handles.size + process.timers.size;
      if (left > 0) judge.break("residue", `the clients' host has stopped and leaves ${left}`);
      process.end("closed");
    });
  }
}
