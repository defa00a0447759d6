/**
 * The deterministic kernel: cores in one process, virtual time, a seeded network and seeded disks.
 * The same options give the same run, bit for bit; `traceHash` is the witness. There is no clock,
 * no `await` and no outside randomness in it, and it imports no protocol: a planted bug runs from
 * another copy of `nodes/`, handed in as a value.
 */

import type { Endpoint } from "../../../faults/fault.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import {
  CLIENT_BASE,
  type Completion,
  clientId,
  type Input,
  isReplica,
  type NodeId,
  nodeName,
  type ReplicaCore,
} from "../../../nodes/protocols/contract/core.ts";
import type { Durability } from "../../../nodes/protocols/contract/durability.ts";
import type { ClusterParameters, Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { Service } from "../../../nodes/protocols/contract/service.ts";
import type { DiskTiming, WireParameters, WorkCosts } from "../../plan/simulation.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { leaderOf } from "../leader.ts";
import type { CreateAuthenticator } from "./authenticators.ts";
import { SimulatedClientHost } from "./client-host.ts";
import { Disk } from "./disk.ts";
import { EventQueue } from "./event-queue.ts";
import { scramble } from "./fast-hash.ts";
import { heldState } from "./held-state.ts";
import { type Legacy, legaciesOf } from "./high-view.ts";
import { Link, type LinkWorld } from "./link.ts";
import { Random } from "./random.ts";
import { SimulatedReplica } from "./replica.ts";
import { BilledAuthenticator, WorkBill } from "./work-bill.ts";

/** A frame on its way from one replica to another. */
export interface Passing {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly bytes: Uint8Array;
}

/** Somebody on the links between replicas. */
export interface Intruder {
  /** The replica whose keys he has. */
  readonly holds: NodeId;
  /**
   * What is let through in place of the frame. A channel with codes lets nothing through that is
   * not the frame itself, and breaks, unless one of its ends is the replica whose keys he has.
   */
  pass(frame: Passing, nowMs: number): readonly Uint8Array[];
}

export interface KernelOptions {
  readonly seed: number;
  readonly protocol: Protocol;
  readonly cluster: ClusterParameters;
  readonly createService: () => Service;
  readonly createAuthenticator: CreateAuthenticator;
  readonly clients: number;
  readonly durability: Durability;
  readonly disk: DiskTiming;
  readonly network: WireParameters;
  /** What the clocks show when the run begins; absent: 0. */
  readonly clockMs?: number | undefined;
  /** What all have asked for before they were stopped; absent: it is a new cluster. */
  readonly view?: number | undefined;
  /** Absent: work costs nothing, but who is throttled. */
  readonly costs?: WorkCosts | undefined;
  /** Puts a Byzantine behaviour round a core; it speaks under the keys of that core only. */
  readonly wrap?: (core: ReplicaCore, keys: NodeAuthenticator) => ReplicaCore;
  /** Absent: nobody is on the links. */
  readonly intruder?: Intruder;
  /** Hears of a replica whose core has thrown, which is down then; absent: it ends the run. */
  readonly onDeath?: (replica: NodeId, error: unknown) => void;
  /** Which lines `onAudit` is told of; absent: all. */
  readonly hears?: (event: AuditRecord["e"]) => boolean;
  /** Sees audit events as they happen; must not act before the step is over (use `at`). */
  readonly onAudit?: (record: AuditRecord) => void;
}

export interface ProcessTotals {
  readonly kills: number;
  readonly powerCuts: number;
  /** Times at which the last running replica went down. */
  readonly totalOutages: number;
}

export class Kernel {
  readonly replicas: readonly SimulatedReplica[];
  readonly clients: SimulatedClientHost;
  readonly #queue = new EventQueue();
  readonly #options: KernelOptions;
  /** Of the last start of each replica. */
  readonly #services = new Map<NodeId, Service>();
  readonly #links = new Map<string, Link>();
  /** The same by numbers, clients behind the last replica: what is sent looks up no names. */
  readonly #linksFrom: Link[][] = [];
  #network: WireParameters;
  #now = 0;
  #steps = 0;
  #processes: ProcessTotals = { kills: 0, powerCuts: 0, totalOutages: 0 };
  #traceHigh = 0;
  #traceLow = 0;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#network = options.network;
    const { cluster, protocol, seed } = options;
    const world = {
      queue: this.#queue,
      now: () => this.#now,
      clock: () => this.#now + (options.clockMs ?? 0),
      transmit: (from: NodeId, to: NodeId, bytes: Uint8Array) => this.#transmit(from, to, bytes),
      hears: options.hears ?? (() => options.onAudit !== undefined),
      audited: (record: AuditRecord) => options.onAudit?.(record),
      died: (id: NodeId, error: unknown) => this.#died(id, error),
      stepping: (node: NodeId, input: Input) => this.#trace(node, input),
    };
    const ids = Array.from({ length: cluster.replicas }, (_, id) => id);
    const legacies = this.#legacies();
    this.replicas = ids.map((id) => {
      const { costs } = options;
      const timing = { ...options.disk, msPerKib: costs?.writtenMsPerKib ?? 0 };
      const disk = new Disk(options.durability, timing, new Random(seed, 1000 + id));
      const bill = costs === undefined ? null : new WorkBill(costs);
      const parts = {
        id,
        replicas: cluster.replicas,
        disk,
        bill,
        legacy: legacies[id] ?? null,
        createCore: () => this.#createCore(id, bill),
        held: (digest: string) => heldState(this.#services.get(id), digest),
      };
      return new SimulatedReplica(parts, world);
    });
    this.clients = new SimulatedClientHost(
      options.clients,
      (id) =>
        protocol.createClient({ id, cluster, authenticator: options.createAuthenticator(id) }),
      world,
    );
    this.#connect([...ids.map(nodeName), CLIENT_HOST]);
  }

  get now(): number {
    return this.#now;
  }

  /** Null where nobody leads. */
  leaderOf(view: number): Endpoint | null {
    const { protocol, cluster } = this.#options;
    return leaderOf(view, { protocol, replicas: cluster.replicas });
  }

  /** Inputs that replicas took so far. */
  get steps(): number {
    return this.#steps;
  }

  /** What happened to processes so far. */
  get processes(): ProcessTotals {
    return this.#processes;
  }

  /** Over every input of every core in order: equal hashes, equal runs. */
  get traceHash(): string {
    return [this.#traceHigh, this.#traceLow]
      .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }

  /** What a replica holds; null while it is down. */
  serviceOf(id: NodeId): Service | null {
    return this.#replica(id).state === "down" ? null : (this.#services.get(id) ?? null);
  }

  /** Replaces the parameters of the wire; frames under way are not touched. */
  setNetwork(network: WireParameters): void {
    this.#network = network;
  }

  /** The directed link between two processes (`r0`, `c0`). */
  link(from: string, to: string): Link {
    const link = this.#links.get(`${from}>${to}`);
    if (link === undefined) throw new RangeError(`no link from ${from} to ${to}`);
    return link;
  }

  start(id: NodeId): void {
    const replica = this.#replica(id);
    if (replica.state !== "down") return;
    for (const link of this.#linksTo(id)) link.receiverStarted();
    replica.start();
  }

  kill(id: NodeId): void {
    this.#takeDown(id, "kills", (replica) => replica.kill());
  }

  /** On a replica that is already down too: its page cache may still hold what no disk has. */
  cutPower(id: NodeId): void {
    this.#takeDown(id, "powerCuts", (replica) => replica.cutPower());
  }

  invoke(
    client: number,
    operation: Uint8Array,
    complete: (completion: Completion) => void,
  ): number {
    return this.clients.invoke(client, operation, complete);
  }

  /**
   * Runs `act` at a virtual time, between two steps; at once after this step if that has passed.
   */
  at(timeMs: number, act: () => void): void {
    this.#queue.add(Math.max(this.#now, timeMs), act);
  }

  /** Advances to `time`, or until `until` holds (asked after every event). */
  runTo(time: number, until?: () => boolean): void {
    while (this.#queue.nextTime <= time) {
      const event = this.#queue.take();
      if (event === undefined) break;
      this.#now = event.time;
      event.run();
      if (until?.() === true) return;
    }
    this.#now = Math.max(this.#now, time);
  }

  #takeDown(
    id: NodeId,
    what: "kills" | "powerCuts",
    act: (replica: SimulatedReplica) => void,
  ): void {
    const replica = this.#replica(id);
    const wasUp = replica.state !== "down";
    this.#disconnect(id);
    act(replica);
    const { [what]: before, totalOutages } = this.#processes;
    const all = wasUp && this.replicas.every(({ state }) => state === "down");
    this.#processes = {
      ...this.#processes,
      [what]: before + 1,
      totalOutages: totalOutages + (all ? 1 : 0),
    };
  }

  #died(id: NodeId, error: unknown): void {
    const { onDeath } = this.#options;
    if (onDeath === undefined) throw error;
    this.#disconnect(id);
    this.#replica(id).kill();
    onDeath(id, error);
  }

  #createCore(id: NodeId, bill: WorkBill | null): ReplicaCore {
    const { cluster, protocol, wrap, createAuthenticator, createService } = this.#options;
    const keys = createAuthenticator(id);
    const authenticator = bill === null ? keys : new BilledAuthenticator(keys, bill);
    const service = createService();
    this.#services.set(id, service);
    const core = protocol.createReplica({ id, cluster, service, authenticator });
    return wrap === undefined ? core : wrap(core, authenticator);
  }

  /** Of the first lives, by id; empty: it is a new cluster. */
  #legacies(): readonly Legacy[] {
    const { view, protocol, cluster, createAuthenticator, createService } = this.#options;
    if (view === undefined) return [];
    const predecessors = Array.from({ length: cluster.replicas }, (_, id) => {
      const authenticator = createAuthenticator(id);
      const service = createService();
      return {
        authenticator,
        core: protocol.createReplica({ id, cluster, service, authenticator }),
      };
    });
    return legaciesOf({ view, protocol, cluster, predecessors });
  }

  #replica(id: NodeId): SimulatedReplica {
    const replica = this.replicas[id];
    if (replica === undefined) throw new RangeError(`no replica ${id}`);
    return replica;
  }

  #connect(processes: readonly string[]): void {
    const world: LinkWorld = {
      queue: this.#queue,
      random: new Random(this.#options.seed, 1),
      now: () => this.#now,
      parameters: () => this.#network,
    };
    for (const from of processes) {
      const links = processes.map((to) => {
        const link = new Link(world);
        if (from !== to) this.#links.set(`${from}>${to}`, link);
        return link;
      });
      this.#linksFrom.push(links);
    }
  }

  #linksTo(id: NodeId): Link[] {
    const suffix = `>${nodeName(id)}`;
    return [...this.#links].filter(([name]) => name.endsWith(suffix)).map(([, link]) => link);
  }

  #disconnect(id: NodeId): void {
    if (this.#replica(id).state === "down") return;
    const prefix = `${nodeName(id)}>`;
    for (const link of this.#linksTo(id)) link.receiverStopped();
    for (const [name, link] of this.#links) if (name.startsWith(prefix)) link.senderStopped();
  }

  #transmit(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    const { replicas } = this.#options.cluster;
    const sender = isReplica(from) ? from : replicas;
    if (isReplica(to)) {
      if (to >= replicas) return;
      // The channel proves the host, not the logical client in it.
      const peer = isReplica(from) ? from : clientId({ host: 0, index: 0 });
      const link = this.#linkBetween(sender, to);
      for (const body of this.#passed({ from, to, bytes }, link)) {
        const frame = isReplica(from) ? { body } : { body, client: from };
        link.send(frame, () => this.#replica(to).receive(peer, body));
      }
      return;
    }
    // A client of a host that is not ours does not exist; a peer may well name one.
    if (Math.floor(to / CLIENT_BASE) !== 1) return;
    const reply = { body: bytes, client: to };
    this.#linkBetween(sender, replicas).send(reply, () => this.clients.receive(from, to, bytes));
  }

  /** By their places: clients stand behind the last replica. */
  #linkBetween(from: number, to: number): Link {
    const link = this.#linksFrom[from]?.[to];
    if (link === undefined) throw new RangeError(`no link from ${from} to ${to}`);
    return link;
  }

  /** What an intruder makes of it, if there is one. */
  #passed(frame: Passing, link: Link): readonly Uint8Array[] {
    const { intruder, protocol } = this.#options;
    const { from, to, bytes } = frame;
    if (intruder === undefined || !isReplica(from)) return [bytes];
    const passed = intruder.pass(frame, this.#now);
    const isIntact = passed.length === 1 && passed[0] === bytes;
    if (isIntact || protocol.channels === "bare" || [from, to].includes(intruder.holds)) {
      return passed;
    }
    link.breakUp();
    return [];
  }

  #trace(node: NodeId, input: Input): void {
    this.#steps += 1;
    let word = scramble(Math.round(this.#now * 1e6) | 0) ^ scramble(node + 1);
    if (input.kind === "frame") {
      // The end of a frame is its signature, which depends on every byte before it.
      for (let at = Math.max(0, input.bytes.length - 64); at < input.bytes.length; at += 1) {
        word = Math.imul(word ^ (input.bytes[at] ?? 0), 0x0100_0193);
      }
      word ^= scramble(input.bytes.length + input.from);
    } else if (input.kind === "timer") {
      for (let at = 0; at < input.id.length; at += 1) {
        word = Math.imul(word ^ input.id.charCodeAt(at), 0x0100_0193);
      }
    } else {
      word ^= scramble(input.records.length);
    }
    this.#traceHigh = scramble((this.#traceHigh + word) | 0);
    this.#traceLow = scramble(this.#traceLow ^ word ^ this.#traceHigh);
  }
}
