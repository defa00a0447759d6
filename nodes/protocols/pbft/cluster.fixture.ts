/** Whole clusters of cores on one virtual wire, with states as large as a test wants them. */
import {
  type CreateAuthenticator,
  fastAuthenticators,
} from "../../../harness/drivers/simulation/authenticators.ts";
import { kv } from "../../services/kv.ts";
import { Signatures } from "../authentication/signatures.ts";
import { parametersWith } from "../cluster-parameters.fixture.ts";
import type { AuditEvent } from "../contract/audit.ts";
import { clientId, type Effects, type NodeId, type ReplicaCore } from "../contract/core.ts";
import type { ClusterParameters, Protocol } from "../contract/protocol.ts";
import type { Service } from "../contract/service.ts";
import { encodeRequest } from "../wire/request.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

/** A number for each write, so that a test knows how many there are. */
const PARAMETERS = parametersWith({
  epoch: 7,
  batchMax: 1,
  timers: { requestMs: 60_000, statusMs: 150, clientMs: 400, clientCapMs: 2000 },
});

const OPTIONS = { argumentBytes: 0, resultBytes: 0 };
const CLIENTS = 64;

export interface Wire {
  readonly latencyMs: number;
  /** Of each directed link. */
  readonly bytesPerMs: number;
}

/** A map that holds `keys` values of `valueBytes` from the beginning. */
export function filledService(keys: number, valueBytes: number): Service {
  const service = kv.create(OPTIONS);
  for (let key = 0; key < keys; key++) {
    const value = `${key}:`.padEnd(valueBytes, "v");
    service.execute(kv.encode({ f: "write", key: `k${key}`, value }, OPTIONS));
  }
  return service;
}

export interface Delivery {
  readonly from: NodeId;
  readonly to: number;
  readonly bytes: Uint8Array;
}

interface Event {
  readonly at: number;
  readonly run: () => void;
}

export class Cluster {
  readonly cluster: ClusterParameters;
  readonly cores: ReplicaCore[];
  readonly audits: AuditEvent[][];
  readonly disks: Uint8Array[][];
  now = 0;
  /** What a link does to a frame instead of delivering it; null: it is lost. */
  onWire: (delivery: Delivery) => Uint8Array | null = ({ bytes }) => bytes;
  /** What reaches a client. */
  onReply: (delivery: Delivery) => void = () => {};
  onPersist: (id: number, records: readonly Uint8Array[]) => void = () => {};
  /** Bytes that reached each replica. */
  readonly received: number[];
  readonly #wire: Wire;
  readonly #serviceOf: (id: number) => Service;
  readonly authenticatorOf: CreateAuthenticator;
  readonly #createReplica: Protocol["createReplica"];
  readonly #isDiskKept: boolean;
  readonly #timers: Map<string, number>[];
  readonly #freeAt = new Map<string, number>();
  readonly #events: Event[] = [];
  #timestamp = 0;

  constructor(options: {
    readonly serviceOf: (id: number) => Service;
    readonly wire: Wire;
    readonly parameters?: Partial<ClusterParameters>;
    readonly authenticators?: (nodes: readonly NodeId[]) => CreateAuthenticator;
    readonly createReplica?: Protocol["createReplica"];
    /** False: nothing can be restarted, and a large state is in memory once less. */
    readonly isDiskKept?: boolean;
  }) {
    this.cluster = { ...PARAMETERS, ...options.parameters };
    const ids = Array.from({ length: this.cluster.replicas }, (_, id) => id);
    const clients = Array.from({ length: CLIENTS }, (_, index) => this.#client(index));
    const authenticators = options.authenticators ?? ((nodes) => fastAuthenticators(1, nodes));
    this.authenticatorOf = authenticators([...ids, ...clients]);
    this.#createReplica = options.createReplica ?? pbftSig.createReplica;
    this.#isDiskKept = options.isDiskKept ?? true;
    this.#wire = options.wire;
    this.#serviceOf = options.serviceOf;
    this.audits = ids.map(() => []);
    this.disks = ids.map(() => []);
    this.received = ids.map(() => 0);
    this.#timers = ids.map(() => new Map<string, number>());
    this.cores = ids.map((id) => this.#create(id));
    for (const id of ids) this.#step(id, { kind: "recovered", records: [] });
  }

  envelopes(node: NodeId): Signatures {
    return new Signatures(this.cluster, this.authenticatorOf(node));
  }

  /** kill -9 with an intact disk, and up again at once. */
  restart(id: number): void {
    this.#timers[id]?.clear();
    this.cores[id] = this.#create(id);
    this.#step(id, { kind: "recovered", records: this.disks[id] ?? [] });
  }

  /** The next request of some client, at the primary of view 0. */
  write(key: string, value: string): void {
    this.#timestamp += 1;
    const client = this.#client(this.#timestamp % CLIENTS);
    const operation = kv.encode({ f: "write", key, value }, OPTIONS);
    const bytes = encodeRequest(this.envelopes(client), {
      timestamp: this.#timestamp,
      operation,
    });
    this.#step(0, { kind: "frame", from: clientId({ host: 0, index: 0 }), bytes });
  }

  /** Now, whatever the wire does. */
  deliver({ from, to, bytes }: Delivery): void {
    this.#step(to, { kind: "frame", from, bytes });
  }

  at(time: number, run: () => void): void {
    insert(this.#events, { at: time, run });
  }

  /** @returns the time at which `until` held, or null if it did not before `deadline` */
  run(until: () => boolean, deadline: number): number | null {
    while (!until()) {
      const [event] = this.#events;
      if (!event || event.at > deadline) return null;
      this.#events.shift();
      this.now = event.at;
      event.run();
    }
    return this.now;
  }

  installed(id: number): Extract<AuditEvent, { e: "installed" }>[] {
    return (this.audits[id] ?? []).filter((event) => event.e === "installed");
  }

  /** How often a state transfer took aim at a checkpoint. */
  aims(id: number): number {
    return (this.audits[id] ?? []).filter((event) => event.e === "statetransfer").length;
  }

  lastExec(id: number): number {
    return this.cores[id]?.status().lastExec ?? 0;
  }

  #client(index: number): NodeId {
    return clientId({ host: 0, index: 1 + index });
  }

  #create(id: number): ReplicaCore {
    return this.#createReplica({
      id,
      cluster: this.cluster,
      service: this.#serviceOf(id),
      authenticator: this.authenticatorOf(id),
    });
  }

  #step(id: number, input: Parameters<ReplicaCore["step"]>[0]): void {
    this.cores[id]?.step(input, this.now, this.#effects(id));
  }

  #send(from: number, to: number, sent: Uint8Array): void {
    if (to >= this.cluster.replicas) {
      const delivery = { from, to, bytes: sent.slice() };
      return this.at(this.now + this.#wire.latencyMs, () => this.onReply(delivery));
    }
    const bytes = this.onWire({ from, to, bytes: sent });
    if (!bytes) return;
    const link = `${from} ${to}`;
    const start = Math.max(this.now, this.#freeAt.get(link) ?? 0);
    const end = start + bytes.length / this.#wire.bytesPerMs;
    this.#freeAt.set(link, end);
    const copy = bytes.slice();
    this.at(end + this.#wire.latencyMs, () => {
      this.received[to] = (this.received[to] ?? 0) + copy.length;
      this.#step(to, { kind: "frame", from, bytes: copy });
    });
  }

  #effects(id: number): Effects {
    const timers = this.#timers[id] as Map<string, number>;
    return {
      send: (to, bytes) => this.#send(id, to, bytes),
      broadcast: (bytes) => {
        for (let to = 0; to < this.cluster.replicas; to++) if (to !== id) this.#send(id, to, bytes);
      },
      persist: (mode, records) => {
        this.onPersist(id, records);
        if (!this.#isDiskKept) return;
        this.disks[id] =
          mode === "replace" ? [...records] : [...(this.disks[id] ?? []), ...records];
      },
      setTimer: (name, afterMs) => {
        const at = this.now + afterMs;
        timers.set(name, at);
        this.at(at, () => {
          if (timers.get(name) !== at) return;
          timers.delete(name);
          this.#step(id, { kind: "timer", id: name });
        });
      },
      cancelTimer: (name) => void timers.delete(name),
      audit: (event) => void this.audits[id]?.push(event),
    };
  }
}

/** Behind everything of the same time. */
function insert(events: Event[], event: Event): void {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.at ?? 0) <= event.at) low = middle + 1;
    else high = middle;
  }
  events.splice(low, 0, event);
}
