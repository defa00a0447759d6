import {
  type ClientCore,
  type Completion,
  clientId,
  type NodeId,
} from "../../../nodes/protocols/contract/core.ts";
import type { EventQueue } from "./event-queue.ts";
import { Timers } from "./timers.ts";

export interface ClientWorld {
  readonly queue: EventQueue;
  now(): number;
  /** What the process's clock shows now. */
  clock(): number;
  transmit(from: NodeId, to: NodeId, bytes: Uint8Array): void;
}

interface LogicalClient {
  readonly core: ClientCore;
  readonly timers: Timers;
  complete: ((completion: Completion) => void) | null;
}

/** The workload process `c0` with its logical clients; it is never killed. */
export class SimulatedClientHost {
  readonly #world: ClientWorld;
  readonly #clients: readonly LogicalClient[];

  constructor(count: number, createCore: (id: NodeId) => ClientCore, world: ClientWorld) {
    this.#world = world;
    this.#clients = Array.from({ length: count }, (_, index) => {
      const core = createCore(clientId({ host: 0, index: index + 1 }));
      const client: LogicalClient = {
        core,
        complete: null,
        timers: new Timers(world.queue, (id) => {
          client.timers.clear(id);
          core.timer(id, world.clock(), this.#effects(client));
        }),
      };
      return client;
    });
  }

  /**
   * @param index of the logical client, from 0
   * @returns the request's timestamp
   */
  invoke(index: number, operation: Uint8Array, complete: (completion: Completion) => void): number {
    const client = this.#client(index);
    client.complete = complete;
    return client.core.invoke(operation, this.#world.clock(), this.#effects(client));
  }

  /** A frame for logical client `to` has arrived. */
  receive(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    const client = this.#clients.find((candidate) => candidate.core.id === to);
    client?.core.frame(from, bytes, this.#world.clock(), this.#effects(client));
  }

  idOf(index: number): NodeId {
    return this.#client(index).core.id;
  }

  #client(index: number): LogicalClient {
    const client = this.#clients[index];
    if (client === undefined) throw new RangeError(`no client ${index}`);
    return client;
  }

  #effects(client: LogicalClient) {
    return {
      send: (to: NodeId, frame: Uint8Array) => this.#world.transmit(client.core.id, to, frame),
      setTimer: (id: string, afterMs: number) => client.timers.set(id, this.#world.now() + afterMs),
      cancelTimer: (id: string) => {
        client.timers.clear(id);
      },
      completed: (completion: Completion) => {
        const { complete } = client;
        client.complete = null;
        complete?.(completion);
      },
    };
  }
}
