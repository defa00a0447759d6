import type { TimerId } from "../protocols/contract/core.ts";
import * as hostTimers from "./timers.ts";

/** In whose time they run: that of the machine, or a virtual one. */
export type TimerClock = Pick<typeof hostTimers, "after" | "hostClockMs">;

interface Timer {
  /** Null: it was cancelled. */
  dueMs: number | null;
  /** When it is looked at next. */
  readonly firesMs: number;
  readonly cancel: () => void;
}

/** The machine's timers count whole milliseconds, and may be early by a part of one. */
const EARLY_MS = 1;

/**
 * The timers of one core: one pending expiry per id. Every request arms one or two and its answer
 * cancels them, a thousand times before one would expire. So a timer of the machine is left alone
 * where it fires early enough: when it does, it is armed again for what is left, or was cancelled.
 */
export class TimerSet {
  readonly #pending = new Map<TimerId, Timer>();
  readonly #expired: (id: TimerId) => void;
  readonly #clock: TimerClock;

  constructor(expired: (id: TimerId) => void, clock: TimerClock = hostTimers) {
    this.#expired = expired;
    this.#clock = clock;
  }

  set(id: TimerId, afterMs: number): void {
    const dueMs = this.#clock.hostClockMs() + afterMs;
    const timer = this.#pending.get(id);
    if (timer !== undefined && timer.firesMs <= dueMs) timer.dueMs = dueMs;
    else {
      timer?.cancel();
      this.#arm(id, dueMs, afterMs);
    }
  }

  cancel(id: TimerId): void {
    const timer = this.#pending.get(id);
    if (timer !== undefined) timer.dueMs = null;
  }

  /** Leaves none of the machine's behind, either. */
  cancelAll(): void {
    for (const { cancel } of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  #arm(id: TimerId, dueMs: number, afterMs: number): void {
    const cancel = this.#clock.after(afterMs, () => this.#fired(id));
    this.#pending.set(id, { dueMs, firesMs: dueMs, cancel });
  }

  #fired(id: TimerId): void {
    const dueMs = this.#pending.get(id)?.dueMs ?? null;
    this.#pending.delete(id);
    if (dueMs === null) return;
    const leftMs = dueMs - this.#clock.hostClockMs();
    if (leftMs >= EARLY_MS) this.#arm(id, dueMs, leftMs);
    else this.#expired(id);
  }
}
