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
  /** A core is about to take this step. */
  stepping(node: NodeId, input: Input): void;
}

export interface ReplicaParts {
  readonly id: NodeId;
  readonly replicas: number;
  readonly disk: Disk;
  /** A new core for each start. */
  readonly createCore: () => ReplicaCore;
}

interface HeldSend {
  readonly mark: number;
  readonly to: NodeId;
  readonly bytes: Uint8Array;
}

interface AuditLine {
  readonly mark: number;
  readonly record: AuditRecord;
}

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
  #held: HeldSend[] = [];
  /** What reached a paused process; it finds all of it when it goes on. */
  #backlog: (() => void)[] = [];
  #overdue: TimerId[] = [];
  #audit: AuditLine[] = [];

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
    return this.#audit.map((line) => line.record);
  }

  /** Null while down; a paused process does not answer either, but a look inside is harmless. */
  status(): CoreStatus | null {
    return this.#core?.status() ?? null;
  }

  queues(): Readonly<Record<string, number>> {
    return this.#core?.queues() ?? {};
  }

  stateDigest(): string | null {
    return this.#core?.stateDigest() ?? null;
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
    if (this.#held.length === 0 && this.disk.syncedMark >= this.disk.writtenMark) {
      this.#world.transmit(this.id, to, frame);
    } else {
      this.#held.push({ mark: this.disk.writtenMark, to, bytes: frame });
    }
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

  audit(event: AuditEvent): void {
    const record = {
      ...event,
      time: Math.round(this.#world.now() * 1e6),
      replica: this.id,
      boot: this.#boots,
    };
    this.#audit.push({ mark: this.disk.writtenMark, record });
    this.#world.audited(record);
  }

  #input(input: Input): void {
    if (this.#core === null) return;
    this.#world.stepping(this.id, input);
    this.#core.step(input, this.#world.now(), this);
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
    for (const { mark, to, bytes } of this.#held) {
      if (mark > durable) break;
      this.#world.transmit(this.id, to, bytes);
      count += 1;
    }
    this.#held.splice(0, count);
  }

  /**
   * Audit lines wait for the disk like the frames they precede (nodes/runtime does the same), so
   * those behind a write that is not synced are lost, and nothing that rested on them ever left.
   */
  #stop(): void {
    if (this.#state !== "down") {
      const durable = this.disk.syncedMark;
      this.#audit = this.#audit.filter(({ mark }) => mark <= durable);
    }
    this.#state = "down";
    this.#core = null;
    this.#timers.clearAll();
    this.#cpu.clear();
    this.#held = [];
    this.#backlog = [];
    this.#overdue = [];
  }
}
