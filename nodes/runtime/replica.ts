/**
 * The loop of one replica: an input makes the core step, its effects are carried out in order at
 * the end of the tick. A send or an audit event behind a persist waits until that is durable, and
 * everything behind it waits too: the audit log never tells of what a power cut makes undone, and
 * its lines are written before the frames that go out with them.
 */
import type { AuditEvent } from "../protocols/contract/audit.ts";
import {
  type Effects,
  type Input,
  isReplica,
  type NodeId,
  type ReplicaCore,
  type TimerId,
} from "../protocols/contract/core.ts";
import { StoredRecordError } from "../protocols/stored-record.ts";
import type { AuditWriter } from "./audit-writer.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Log, LogBatch } from "./log.ts";
import { LogCorruptError } from "./log-errors.ts";
import { TimerSet } from "./timer-set.ts";
import { atEndOfTick, atEndOfTurn, hostClockMs } from "./timers.ts";
import type { WorkMeter } from "./work-meter.ts";

export interface Links {
  send(to: NodeId, frame: Uint8Array): void;
  broadcast(frame: Uint8Array): void;
  flush(): void;
  /** More frames may be brought. */
  resume(): void;
}

/** Is told what happens, and must neither throw nor take long. */
export interface ReplicaCounts {
  sent(frame: Uint8Array): void;
  broadcast(frame: Uint8Array): void;
  executed(requests: number): void;
}

export interface ReplicaParts {
  readonly core: ReplicaCore;
  readonly links: Links;
  readonly audit: AuditWriter;
  readonly counts: ReplicaCounts;
  /** What the core sends is work too: it is charged to who made it send. */
  readonly meter: WorkMeter;
  /** Null: `durability: none`, what is persisted is forgotten. */
  readonly log: Pick<Log, "submit"> | null;
  /** Called once; nothing leaves this replica afterwards. */
  readonly onFatal: (exit: ExitCode, why: string) => void;
}

/** Leaves once its mark is durable. */
type Outgoing = { readonly mark: number } & (
  | { readonly kind: "send"; readonly to: NodeId; readonly frame: Uint8Array }
  | { readonly kind: "broadcast"; readonly frame: Uint8Array }
  | { readonly kind: "audit"; readonly event: AuditEvent }
  /** Nothing leaves: so much was written and is not durable yet. */
  | { readonly kind: "written"; readonly bytes: number }
);

/** While more than this waits for the disk, no frame is taken: peers could pile up any amount. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;
/** What keeping one of them costs beside its bytes. */
const OVERHEAD_BYTES = 256;

export class Replica implements Effects {
  readonly #parts: ReplicaParts;
  readonly #timers: TimerSet;
  /** Of the current tick. */
  #fresh: Outgoing[] = [];
  /** Of earlier ticks: waiting for the disk, in order. */
  #held: Outgoing[] = [];
  /** What the two lists take. */
  #heldBytes = 0;
  #batches: LogBatch[] = [];
  #lastMark = 0;
  #durableMark = 0;
  /** Timers of 0 ms. */
  readonly #dueAtEndOfTick = new Set<TimerId>();
  #isTickEnding = false;
  #isStopped = false;
  /** Whose frame the core is looking at; null = it acts by itself. */
  #from: NodeId | null = null;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.#timers = new TimerSet((id) => this.input({ kind: "timer", id }));
  }

  input(input: Input): void {
    if (this.#isStopped) return;
    this.#from = input.kind === "frame" ? input.from : null;
    try {
      this.#parts.core.step(input, hostClockMs(), this);
    } catch (error) {
      if (error instanceof StoredRecordError) {
        this.fail(EXIT.corruptLog, new LogCorruptError(error.message).message);
        return;
      }
      // Whatever it was, the core is in a state nobody reasoned about: it must not speak again.
      this.fail(EXIT.bug, error instanceof Error ? (error.stack ?? error.message) : String(error));
      return;
    }
    this.#endTickOnce(atEndOfTurn);
  }

  /** True while so much waits for the disk that no frame should be brought. */
  get isCongested(): boolean {
    return this.#heldBytes > HELD_BYTES_MAX;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Everything up to this mark is on the disk. */
  durable(mark: number): void {
    if (this.#isStopped) return;
    this.#durableMark = mark;
    this.#release();
  }

  fail(exit: ExitCode, why: string): void {
    if (this.#isStopped) return;
    this.#halt();
    this.#parts.onFatal(exit, why);
  }

  /** Finishes the tick and takes no more input; what is not durable by now is not sent any more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#endTick();
    this.#halt();
  }

  #halt(): void {
    this.#isStopped = true;
    this.#timers.cancelAll();
    this.#dueAtEndOfTick.clear();
    this.#fresh = [];
    this.#held = [];
    this.#heldBytes = 0;
    this.#batches = [];
  }

  // The core's effects.

  send(to: NodeId, frame: Uint8Array): void {
    const { meter } = this.#parts;
    meter.countBytes(frame.length);
    // An answer alone is no progress: whoever repeats a request or asks for messages gets one.
    if (isReplica(to) && to !== this.#from) meter.countProgress();
    this.#hold({ kind: "send", to, frame, mark: this.#lastMark });
  }

  broadcast(frame: Uint8Array): void {
    this.#parts.meter.countBytes(frame.length);
    this.#parts.meter.countProgress();
    this.#hold({ kind: "broadcast", frame, mark: this.#lastMark });
  }

  persist(mode: "append" | "replace", records: readonly Uint8Array[]): void {
    this.#parts.meter.countProgress();
    if (this.#parts.log === null) return;
    this.#lastMark += 1;
    this.#batches.push({ mode, records, mark: this.#lastMark });
    let bytes = 0;
    for (const record of records) bytes += record.length;
    this.#parts.meter.countBytes(bytes);
    this.#hold({ kind: "written", bytes, mark: this.#lastMark });
  }

  setTimer(id: TimerId, afterMs: number): void {
    // Something is awaited now: so it goes on where what was asked for is there, and more is asked.
    this.#parts.meter.countProgress();
    this.cancelTimer(id);
    if (afterMs > 0) this.#timers.set(id, afterMs);
    else this.#dueAtEndOfTick.add(id);
  }

  cancelTimer(id: TimerId): void {
    this.#timers.cancel(id);
    this.#dueAtEndOfTick.delete(id);
  }

  audit(event: AuditEvent): void {
    if (event.e === "executed") this.#parts.counts.executed(event.ops.length);
    this.#hold({ kind: "audit", event, mark: this.#lastMark });
  }

  #hold(outgoing: Outgoing): void {
    this.#fresh.push(outgoing);
    this.#heldBytes += sizeOf(outgoing);
  }

  // The end of a tick.

  #endTickOnce(when: (action: () => void) => void): void {
    if (this.#isTickEnding) return;
    this.#isTickEnding = true;
    when(() => {
      this.#expireTimers();
      this.#isTickEnding = false;
      if (this.#isStopped) return;
      // Sockets have their turn between two ticks, however often a timer sets itself again.
      if (this.#dueAtEndOfTick.size > 0) this.#endTickOnce(atEndOfTick);
      this.#endTick();
    });
  }

  /** Those that were set by now: one that sets itself again is for the next tick. */
  #expireTimers(): void {
    const due = [...this.#dueAtEndOfTick];
    for (const id of due) {
      if (this.#dueAtEndOfTick.delete(id)) this.input({ kind: "timer", id });
    }
  }

  #endTick(): void {
    const batches = this.#batches;
    this.#batches = [];
    for (const batch of batches) this.#parts.log?.submit(batch);
    this.#held = this.#held.length === 0 ? this.#fresh : this.#held.concat(this.#fresh);
    this.#fresh = [];
    this.#release();
  }

  #writeAudit(): boolean {
    try {
      this.#parts.audit.write();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.fail(EXIT.disk, `the audit log cannot be written: ${reason}`);
      return false;
    }
  }

  #release(): void {
    const { audit } = this.#parts;
    let count = 0;
    for (const outgoing of this.#held) {
      if (outgoing.mark > this.#durableMark) break;
      if (outgoing.kind === "audit") audit.add(outgoing.event);
      else this.#hand(outgoing);
      this.#heldBytes -= sizeOf(outgoing);
      count += 1;
    }
    if (count === 0) return;
    this.#held = this.#held.slice(count);
    if (!this.#writeAudit()) return;
    this.#parts.links.flush();
    this.#parts.links.resume();
  }

  #hand(outgoing: Exclude<Outgoing, { kind: "audit" }>): void {
    const { links, counts } = this.#parts;
    if (outgoing.kind === "send") {
      counts.sent(outgoing.frame);
      links.send(outgoing.to, outgoing.frame);
    } else if (outgoing.kind === "broadcast") {
      counts.broadcast(outgoing.frame);
      links.broadcast(outgoing.frame);
    }
  }
}

function sizeOf(outgoing: Outgoing): number {
  if (outgoing.kind === "audit") return OVERHEAD_BYTES;
  return OVERHEAD_BYTES + (outgoing.kind === "written" ? outgoing.bytes : outgoing.frame.length);
}
