/**
 * What a null operation costs the cores, without sockets, disks or processes, under the keys of real
 * clusters: `node nodes/runtime/operation-cost.bench.ts [protocol...]`. All protocols in turn, the
 * best round of each, in microseconds of this machine; the ratio is what to look at. Clients are
 * counted for themselves.
 */

import { parametersWith } from "../protocols/cluster-parameters.fixture.ts";
import {
  type ClientCore,
  type ClientEffects,
  clientId,
  type Effects,
  hostOf,
  isReplica,
  type NodeId,
  nodeName,
  type ReplicaCore,
  type TimerId,
} from "../protocols/contract/core.ts";
import type { ClusterParameters, Protocol } from "../protocols/contract/protocol.ts";
import { protocolNamed, protocols } from "../registry.ts";
import { nullService } from "../services/null.ts";
import { Ed25519Authenticator, generateKeys } from "./keys.ts";

const ROUNDS = 7;
const CLIENTS = 64;
const OPERATIONS = 6_000;
/** Virtual: how long all inboxes of a turn take. */
const TURN_MS = 0.5;
/** The timer of a client that asks again. */
const NEXT = "next";
const SERVICE = { argumentBytes: 0, resultBytes: 0 };

interface Mail {
  readonly from: NodeId;
  readonly bytes: Uint8Array;
}

/** Timers of one core; those of 0 ms are due when its inbox is empty. */
class Timers {
  readonly #due = new Map<TimerId, number>();

  set(id: TimerId, at: number): void {
    this.#due.set(id, at);
  }

  cancel(id: TimerId): void {
    this.#due.delete(id);
  }

  expired(now: number): readonly TimerId[] {
    const ids: TimerId[] = [];
    for (const [id, at] of this.#due) if (at <= now) ids.push(id);
    for (const id of ids) this.#due.delete(id);
    return ids;
  }
}

/** Of this thread: others of the machine do not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

class Cores {
  completed = 0;
  clientMs = 0;
  replicaMs = 0;
  #now = 0;
  readonly #replicas: { core: ReplicaCore; timers: Timers; effects: Effects }[];
  readonly #clients: { core: ClientCore; timers: Timers; effects: ClientEffects }[];
  #replicaMail: Mail[][];
  #clientMail: Mail[][];

  constructor(protocol: Protocol) {
    const replicas = protocol.replicasFor(1);
    const cluster: ClusterParameters = parametersWith({
      replicas,
      faultsMax: protocol.tolerates(replicas).crashed,
      checkpointInterval: 128,
      window: 256,
      batchMax: 64,
      replyAuth: "mac",
      timers: { requestMs: 60_000, statusMs: 150, clientMs: 60_000, clientCapMs: 60_000 },
    });
    const ids = Array.from({ length: replicas }, (_, id) => id);
    const clients = Array.from({ length: CLIENTS }, (_, at) =>
      clientId({ host: 0, index: at + 1 }),
    );
    const keys = generateKeys([...ids, ...clients].map(nodeName));
    const optionsOf = (id: NodeId) => ({
      id,
      cluster,
      authenticator: new Ed25519Authenticator(id, keys),
    });
    this.#replicaMail = ids.map(() => []);
    this.#clientMail = clients.map(() => []);
    this.#replicas = ids.map((id) => {
      const service = nullService.create(SERVICE);
      const core = protocol.createReplica({ ...optionsOf(id), service });
      const timers = new Timers();
      return { core, timers, effects: this.#replicaEffects(id, timers) };
    });
    this.#clients = clients.map((id) => {
      const timers = new Timers();
      return {
        core: protocol.createClient(optionsOf(id)),
        timers,
        effects: this.#clientEffects(id, timers),
      };
    });
    for (const { core, effects } of this.#replicas) {
      core.step({ kind: "recovered", records: [] }, 0, effects);
    }
  }

  /** Until so many more operations have their answer. */
  run(operations: number): void {
    const end = this.completed + operations;
    const idle = this.completed === 0 ? this.#clients.keys() : [];
    for (const at of idle) this.#invoke(at);
    while (this.completed < end) this.#turn();
  }

  #turn(): void {
    this.#now += TURN_MS;
    const replicaMail = this.#replicaMail;
    const clientMail = this.#clientMail;
    this.#replicaMail = replicaMail.map(() => []);
    this.#clientMail = clientMail.map(() => []);
    const began = cpuMs();
    for (const [id, { core, timers, effects }] of this.#replicas.entries()) {
      for (const { from, bytes } of replicaMail[id] ?? []) {
        core.step({ kind: "frame", from, bytes }, this.#now, effects);
      }
      for (const timer of timers.expired(this.#now)) {
        core.step({ kind: "timer", id: timer }, this.#now, effects);
      }
    }
    const served = cpuMs();
    for (const [at, { core, timers, effects }] of this.#clients.entries()) {
      for (const { from, bytes } of clientMail[at] ?? [])
        core.frame(from, bytes, this.#now, effects);
      for (const timer of timers.expired(this.#now)) {
        if (timer === NEXT) this.#invoke(at);
        else core.timer(timer, this.#now, effects);
      }
    }
    this.replicaMs += served - began;
    this.clientMs += cpuMs() - served;
  }

  #invoke(at: number): void {
    const client = this.#clients[at];
    client?.core.invoke(new Uint8Array(0), this.#now, client.effects);
  }

  #replicaEffects(self: NodeId, timers: Timers): Effects {
    return {
      send: (to, bytes) => this.#send(self, to, bytes),
      broadcast: (bytes) => {
        for (const to of this.#replicas.keys()) if (to !== self) this.#send(self, to, bytes);
      },
      persist: () => {},
      setTimer: (id, afterMs) => timers.set(id, this.#now + afterMs),
      cancelTimer: (id) => timers.cancel(id),
      audit: () => {},
    };
  }

  #clientEffects(self: NodeId, timers: Timers): ClientEffects {
    return {
      send: (to, bytes) => this.#send(hostOf(self), to, bytes),
      setTimer: (id, afterMs) => timers.set(id, this.#now + afterMs),
      cancelTimer: (id) => timers.cancel(id),
      completed: () => {
        this.completed += 1;
        // In the next turn: a core is not asked again while it answers.
        timers.set(NEXT, this.#now + TURN_MS);
      },
    };
  }

  #send(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    const mail = isReplica(to) ? this.#replicaMail[to] : this.#clientMail[to - hostOf(to) - 1];
    mail?.push({ from, bytes });
  }
}

const asked = process.argv.slice(2);
const clusters = (asked.length > 0 ? asked.map(protocolNamed) : protocols).map((protocol) => ({
  name: protocol.name,
  cores: new Cores(protocol),
  replicasUs: Number.POSITIVE_INFINITY,
  clientsUs: Number.POSITIVE_INFINITY,
}));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const cluster of clusters) {
    const { cores } = cluster;
    const before = { replicas: cores.replicaMs, clients: cores.clientMs, count: cores.completed };
    cores.run(OPERATIONS);
    const count = cores.completed - before.count;
    const us = (ms: number) => (1_000 * ms) / count;
    cluster.replicasUs = Math.min(cluster.replicasUs, us(cores.replicaMs - before.replicas));
    cluster.clientsUs = Math.min(cluster.clientsUs, us(cores.clientMs - before.clients));
  }
}
for (const { name, replicasUs, clientsUs } of clusters) {
  const [replicas, client] = [replicasUs, clientsUs].map((us) => us.toFixed(1).padStart(8));
  process.stdout.write(`${name.padEnd(16)} all replicas ${replicas} us, a client ${client} us\n`);
}
