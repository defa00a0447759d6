import {
  type ClientCore,
  type ClientEffects,
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
  readonly effects: ClientEffects;
  complete: ((completion: Completion) => void) | null;
}

/** The workload process `c0` with its logical clients; it is never killed. */
export class SimulatedClientHost {
  readonly #world: ClientWorld;
  readonly #clients: readonly LogicalClient[];
  readonly #byId: ReadonlyMap<NodeId, LogicalClient>;

  constructor(count: number, createCore: (id: NodeId) => ClientCore, world: ClientWorld) {
    this.#world = world;
    this.#clients = Array.from({ length: count }, (_, index) => {
      const core = createCore(clientId({ host: 0, index: index + 1 }));
      const client: LogicalClient = {
        core,
        complete: null,
        timers: new Timers(world.queue, (id) => {
          client.timers.clear(id);
          core.timer(id, world.clock(), client.effects);
        }),
        effects: {
          send: (to, frame) => world.transmit(core.id, to, frame),
          setTimer: (id, afterMs) => client.timers.set(id, world.now() + afterMs),
          cancelTimer: (id) => {
            client.timers.clear(id);
          },
          completed: (completion) => {
            const { complete } = client;
            client.complete = null;
            complete?.(completion);
          },
        },
      };
      return client;
    });
    this.#byId = new Map(this.#clients.map((client) => [client.core.id, client]));
  }

  /**
   * @param index of the logical client, from 0
   * @returns the request's timestamp
   */
  invoke(index: number, operation: Uint8Array, complete: (completion: Completion) => void): number {
    const client = this.#client(index);
    client.complete = complete;
    return client.core.invoke(operation, this.#world.clock(), client.effects);
  }

  /** A frame for logical client `to` has arrived. */
  receive(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    const client = this.#byId.get(to);
    client?.core.frame(from, bytes, this.#world.clock(), client.effects);
  }

  idOf(index: number): NodeId {
    return this.#client(index).core.id;
  }

  #client(index: number): LogicalClient {
    const client = this.#clients[index];
    if (client === undefined) throw new RangeError(`no client ${index}`);
    return client;
  }
}
