import type { AuditEvent, AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type {
  CoreStatus,
  Effects,
  Input,
  NodeId,
  ReplicaCore,
  TimerId,
} from "../../../nodes/protocols/contract/core.ts";
import type { CpuUsage } from "../throttles.ts";
import { Cpu } from "./cpu.ts";
import type { Disk } from "./disk.ts";
import type { EventQueue } from "./event-queue.ts";
import { Timers } from "./timers.ts";

export interface ReplicaWorld {
  readonly queue: EventQueue;
  now(): number;
  /** A frame leaves the process. */
  transmit(from: NodeId, to: NodeId, bytes: Uint8Array): void;
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
  /** A new core for each start. */
  readonly createCore: () => ReplicaCore;
  /** Names what it holds, given its own digest of that. */
  readonly held: (digest: string) => string;
}

type Outgoing =
  | { readonly kind: "send"; readonly to: NodeId; readonly bytes: Uint8Array }
  | { readonly kind: "line"; readonly event: AuditEvent };

/** What waits until so much is durable. */
type Held = Outgoing & { readonly mark: number };

export type ProcessState = "running" | "paused" | "down";

/** The process of one replica: its core, timers, disk and the sends that wait for the disk. */
export class SimulatedReplica implements Effects {
  readonly id: NodeId;
  readonly disk: Disk;
  readonly #parts: ReplicaParts;
  readonly #world: ReplicaWorld;
  readonly #timers: Timers;
  readonly #cpu: Cpu;
  #core: ReplicaCore | null = null;
  #state: ProcessState = "down";
  #boots = 0;
  #held: Held[] = [];
  /** What reached a paused process; it finds all of it when it goes on. */
  #backlog: (() => void)[] = [];
  #overdue: TimerId[] = [];
  readonly #audit: AuditRecord[] = [];

  constructor(parts: ReplicaParts, world: ReplicaWorld) {
    this.id = parts.id;
    this.disk = parts.disk;
    this.#parts = parts;
    this.#world = world;
    this.#timers = new Timers(world.queue, (id, isDue) => {
      this.#cpu.do(() => {
        if (isDue()) this.#expire(id);
      });
    });
    this.#cpu = new Cpu(world);
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

  start(): void {
    this.#boots += 1;
    this.#core = this.#parts.createCore();
    this.#state = "running";
    this.#input({ kind: "recovered", records: this.disk.open() });
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
    if (this.#state === "running") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    const { queue } = this.#world;
    const now = this.#world.now();
    // An event loop looks at its timers before it reads its sockets.
    for (const id of this.#overdue.splice(0)) this.#timers.set(id, now);
    for (const read of this.#backlog.splice(0)) queue.add(now, read);
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
    if (this.#state !== "down") this.#cpu.do(() => this.#read(from, bytes));
  }

  #read(from: NodeId, bytes: Uint8Array): void {
    if (this.#state === "paused") {
      const boot = this.#boots;
      this.#backlog.push(() => {
        if (boot === this.#boots) this.receive(from, bytes);
      });
      return;
    }
    this.#input({ kind: "frame", from, bytes });
  }

  send(to: NodeId, frame: Uint8Array): void {
    this.#hold({ kind: "send", to, bytes: frame });
  }

  #hold(outgoing: Outgoing): void {
    if (this.#held.length === 0 && this.disk.syncedMark >= this.disk.writtenMark) {
      this.#let(outgoing);
    } else {
      this.#held.push({ mark: this.disk.writtenMark, ...outgoing });
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
    this.disk.write({ mode, records });
  }

  setTimer(id: TimerId, afterMs: number): void {
    this.#timers.set(id, this.#world.now() + afterMs);
  }

  cancelTimer(id: TimerId): void {
    this.#timers.clear(id);
  }

  /**
   * A line waits for the disk like the frames it precedes, and bears the time at which it is in
   * the log (nodes/runtime does the same). Who waits for it to strike hears of it before: what a
   * crash does to a write under way shows only then.
   */
  audit(event: AuditEvent): void {
    this.#hold({ kind: "line", event });
    this.#world.audited(this.#recordOf(event));
  }

  #recordOf(event: AuditEvent): AuditRecord {
    const time = Math.round(this.#world.now() * 1e6);
    return { ...event, time, replica: this.id, boot: this.#boots };
  }

  #input(input: Input): void {
    if (this.#core === null) return;
    this.#world.stepping(this.id, input);
    try {
      this.#core.step(input, this.#world.now(), this);
    } catch (error) {
      return this.#world.died(this.id, error);
    }
    this.#sync();
  }

  #expire(id: TimerId): void {
    if (this.#state === "paused") {
      this.#overdue.push(id);
      return;
    }
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
    const durable = this.disk.syncedMark;
    let count = 0;
    for (const { mark, ...outgoing } of this.#held) {
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
    this.#held = [];
    this.#backlog = [];
    this.#overdue = [];
  }
}
