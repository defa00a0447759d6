import type { AuditEvent, AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type {
  CoreStatus,
  Effects,
  Input,
  NodeId,
  ReplicaCore,
  TimerId,
} from "../../../nodes/protocols/contract/core.ts";
import { isReplica } from "../../../nodes/protocols/contract/core.ts";
import type { CpuUsage } from "../throttles.ts";
import { Cpu } from "./cpu.ts";
import type { Disk } from "./disk.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Legacy } from "./high-view.ts";
import { Inbound } from "./inbound.ts";
import { Timers } from "./timers.ts";
import type { WorkBill } from "./work-bill.ts";

/**
 * What one input costs a throttled replica in a plan that has no costs, about: a signature
 * verified, and its frame read. All others take no time at all then.
 */
const STEP_MS = 0.25;

export interface ReplicaWorld {
  readonly queue: EventQueue;
  now(): number;
  /** What the process's clock shows now. */
  clock(): number;
  /** A frame leaves the process. */
  transmit(from: NodeId, to: NodeId, bytes: Uint8Array): void;
  /** Does anybody wait for such a line? */
  hears(event: AuditEvent["e"]): boolean;
  audited(record: AuditRecord): void;
  /** A core has thrown. */
  died(node: NodeId, error: unknown): void;
  /** A core is about to take this step. */
  stepping(node: NodeId, input: Input): void;
}

export interface ReplicaParts {
  readonly id: NodeId;
  readonly replicas: number;
  readonly disk: Disk;
  /** Of a life before the run; null: there was none. */
  readonly legacy: Legacy | null;
  /** What its work costs; null: nothing, but while it is throttled. */
  readonly bill: WorkBill | null;
  /** A new core for each start. */
  readonly createCore: () => ReplicaCore;
  /** Names what it holds, given its own digest of that. */
  readonly held: (digest: string) => string;
}

type Outgoing =
  | { readonly kind: "send"; readonly to: NodeId; readonly bytes: Uint8Array }
  | { readonly kind: "line"; readonly event: AuditEvent };

/** What waits until so much is durable. */
interface Held {
  readonly mark: number;
  readonly outgoing: Outgoing;
}

/** What a core has asked for. */
type Wanted =
  | Outgoing
  | {
      readonly kind: "persist";
      readonly mode: "append" | "replace";
      readonly records: readonly Uint8Array[];
    };

export type ProcessState = "running" | "paused" | "down";

/** The process of one replica: its core, timers, disk and the sends that wait for the disk. */
export class SimulatedReplica implements Effects {
  readonly id: NodeId;
  readonly disk: Disk;
  readonly #parts: ReplicaParts;
  readonly #world: ReplicaWorld;
  readonly #timers: Timers;
  readonly #cpu: Cpu;
  /** Where work costs time: what waits for the CPU. */
  #inbound: Inbound | null = null;
  /** Wanted by the work that is being done: it is there when that is over. */
  #wanted: Wanted[] = [];
  /** Whose frame the core is looking at; null = it acts by itself. */
  #from: NodeId | null = null;
  #core: ReplicaCore | null = null;
  #state: ProcessState = "down";
  #boots = 0;
  #held: Held[] = [];
  readonly #audit: AuditRecord[] = [];

  constructor(parts: ReplicaParts, world: ReplicaWorld) {
    this.id = parts.id;
    this.disk = parts.disk;
    this.#parts = parts;
    this.#world = world;
    this.#timers = new Timers(world.queue, (id, isDue) => {
      this.#cpu.doSoon(() => {
        if (isDue()) this.#expire(id);
      });
    });
    if (parts.legacy !== null) this.#inherit(parts.legacy);
    const { queue } = world;
    this.#cpu = new Cpu({ queue, now: () => world.now(), ended: () => this.#ended() });
  }

  get state(): ProcessState {
    return this.#state;
  }

  get boots(): number {
    return this.#boots;
  }

  get auditLog(): readonly AuditRecord[] {
    return this.#audit;
  }

  /** Null while down; a paused process does not answer either, but a look inside is harmless. */
  status(): CoreStatus | null {
    return this.#core?.status() ?? null;
  }

  queues(): Readonly<Record<string, number>> {
    return this.#core?.queues() ?? {};
  }

  stateDigest(): string | null {
    return this.#core === null ? null : this.#parts.held(this.#core.stateDigest());
  }

  /** Its first life is over. */
  #inherit({ records, lines }: Legacy): void {
    this.#boots = 1;
    this.disk.write({ mode: "append", records });
    this.#audit.push(...lines.map((event) => this.#recordOf(event)));
  }

  start(): void {
    this.#boots += 1;
    this.#core = this.#parts.createCore();
    this.#state = "running";
    this.#inbound = this.#newInbound();
    const records = this.disk.open();
    this.#cpu.do(() => this.#input({ kind: "recovered", records }));
  }

  #newInbound(): Inbound | null {
    const { bill, replicas } = this.#parts;
    if (bill === null) return null;
    return new Inbound({
      meter: bill.meter,
      replicas,
      clock: {
        hostClockMs: () => this.#world.now(),
        atEndOfTick: (action) => this.#cpu.do(action),
        after: (ms, action) => {
          this.#world.queue.add(this.#world.now() + ms, action);
          return () => {};
        },
      },
      read: (from, bytes) => this.#read(from, bytes),
    });
  }

  kill(): void {
    this.#stop();
    this.disk.kill();
  }

  cutPower(): void {
    this.#stop();
    this.disk.cutPower();
  }

  pause(): void {
    if (this.#state !== "running") return;
    this.#state = "paused";
    this.#cpu.stop();
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.#cpu.go();
    this.#release();
    this.#sync();
  }

  /** Of one CPU; what it has received and not done yet goes on at the new pace. */
  throttle(share: number): void {
    this.#cpu.limit(share);
  }

  get usage(): CpuUsage {
    return this.#cpu.usage;
  }

  receive(from: NodeId, bytes: Uint8Array): void {
    if (this.#state === "down") return;
    if (this.#inbound === null) this.#cpu.do(() => this.#read(from, bytes));
    else this.#inbound.receive(from, bytes);
  }

  #read(from: NodeId, bytes: Uint8Array): void {
    this.#parts.bill?.received(bytes.length);
    this.#input({ kind: "frame", from, bytes });
  }

  send(to: NodeId, frame: Uint8Array): void {
    this.#parts.bill?.sent(frame.length);
    // As in nodes/runtime: an answer alone is no progress.
    if (isReplica(to) && to !== this.#from) this.#parts.bill?.meter.countProgress();
    this.#want({ kind: "send", to, bytes: frame });
  }

  /** Costs have to be paid before anything is there. */
  #want(wanted: Wanted): void {
    if (this.#parts.bill === null && !this.#cpu.isThrottled) this.#carryOut(wanted);
    else this.#wanted.push(wanted);
  }

  #carryOut(wanted: Wanted): void {
    if (wanted.kind === "persist") {
      this.disk.write(wanted);
      return;
    }
    this.#hold(wanted);
    // Who waits for a line to strike hears of it before: what a crash does to a write under way
    // shows only then.
    const isHeard = wanted.kind === "line" && this.#world.hears(wanted.event.e);
    if (isHeard) this.#world.audited(this.#recordOf(wanted.event));
  }

  /** The CPU has done its work, and what came of it is there. */
  #ended(): void {
    if (this.#wanted.length === 0) return;
    const ended = this.#wanted;
    this.#wanted = [];
    for (const wanted of ended) this.#carryOut(wanted);
    this.#sync();
  }

  #hold(outgoing: Outgoing): void {
    if (this.#held.length === 0 && this.disk.syncedMark >= this.disk.writtenMark) {
      this.#let(outgoing);
    } else {
      this.#held.push({ mark: this.disk.writtenMark, outgoing });
    }
  }

  #let(outgoing: Outgoing): void {
    if (outgoing.kind === "send") this.#world.transmit(this.id, outgoing.to, outgoing.bytes);
    else this.#audit.push(this.#recordOf(outgoing.event));
  }

  broadcast(frame: Uint8Array): void {
    for (let peer = 0; peer < this.#parts.replicas; peer += 1) {
      if (peer !== this.id) this.send(peer, frame);
    }
  }

  persist(mode: "append" | "replace", records: readonly Uint8Array[]): void {
    const { bill } = this.#parts;
    bill?.meter.countProgress();
    for (const { length } of records) bill?.meter.countBytes(length);
    this.#want({ kind: "persist", mode, records });
  }

  setTimer(id: TimerId, afterMs: number): void {
    this.#parts.bill?.meter.countProgress();
    this.#timers.set(id, this.#world.now() + afterMs);
  }

  cancelTimer(id: TimerId): void {
    this.#timers.clear(id);
  }

  /**
   * A line waits for the disk like the frames it precedes, and bears the time at which it is in
   * the log (nodes/runtime does the same).
   */
  audit(event: AuditEvent): void {
    this.#want({ kind: "line", event });
  }

  #recordOf(event: AuditEvent): AuditRecord {
    const time = Math.round(this.#world.now() * 1e6);
    return { ...event, time, replica: this.id, boot: this.#boots };
  }

  #input(input: Input): void {
    if (this.#core === null) return;
    this.#world.stepping(this.id, input);
    this.#from = input.kind === "frame" ? input.from : null;
    try {
      this.#core.step(input, this.#world.clock(), this);
    } catch (error) {
      return this.#world.died(this.id, error);
    }
    this.#pay();
    this.#sync();
  }

  #pay(): void {
    const { bill } = this.#parts;
    if (bill !== null) this.#cpu.spend(bill.take());
    else if (this.#cpu.isThrottled) this.#cpu.spend(STEP_MS);
  }

  #expire(id: TimerId): void {
    this.#timers.clear(id);
    this.#input({ kind: "timer", id });
  }

  #sync(): void {
    const sync = this.disk.beginSync();
    if (sync === null) return;
    const boot = this.#boots;
    this.#world.queue.add(this.#world.now() + sync.afterMs, () => {
      if (boot !== this.#boots || this.#state === "down") return;
      this.disk.finishSync(sync.mark);
      // A paused process learns of it when it goes on.
      if (this.#state === "paused") return;
      this.#release();
      this.#sync();
    });
  }

  #release(): void {
    if (this.#held.length === 0) return;
    const durable = this.disk.syncedMark;
    let count = 0;
    for (const { mark, outgoing } of this.#held) {
      if (mark > durable) break;
      this.#let(outgoing);
      count += 1;
    }
    this.#held.splice(0, count);
  }

  /** Lines behind a write that is not synced are lost: nothing that rested on them ever left. */
  #stop(): void {
    this.#state = "down";
    this.#core = null;
    this.#timers.clearAll();
    this.#cpu.clear();
    this.#inbound?.clear();
    this.#wanted = [];
    this.#held = [];
  }
}
