/** The only place under `nodes/` that touches the machine's timers and clock. */
import type { TimerId } from "../protocols/contract/core.ts";

/** Nanoseconds on the monotonic clock that all processes of one host share. */
export function hostClockNs(): bigint {
  return process.hrtime.bigint();
}

/** The same clock in milliseconds: what a core is given as `now`. */
export function hostClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Milliseconds since the process began: for how long something took, without an allocation. */
export function stopwatchMs(): number {
  return performance.now();
}

/** @returns cancels it */
export function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** @returns stops it */
export function every(ms: number, action: () => void): () => void {
  const timer = setInterval(action, ms);
  return () => clearInterval(timer);
}

/** Runs once all input that is ready now has been read: the end of a tick. */
export function atEndOfTick(action: () => void): void {
  setImmediate(action);
}

/** The timers of one core: one pending expiry per id. */
export class TimerSet {
  readonly #pending = new Map<TimerId, () => void>();
  readonly #expired: (id: TimerId) => void;

  constructor(expired: (id: TimerId) => void) {
    this.#expired = expired;
  }

  set(id: TimerId, afterMs: number): void {
    this.#pending.get(id)?.();
    const cancel = after(afterMs, () => {
      this.#pending.delete(id);
      this.#expired(id);
    });
    this.#pending.set(id, cancel);
  }

  cancel(id: TimerId): void {
    this.#pending.get(id)?.();
    this.#pending.delete(id);
  }

  cancelAll(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }
}
