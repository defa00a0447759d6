import type { TimerId } from "../protocols/contract/core.ts";
import { after } from "./timers.ts";

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
