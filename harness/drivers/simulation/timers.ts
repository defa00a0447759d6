import type { TimerId } from "../../../nodes/protocols/contract/core.ts";
import type { EventQueue } from "./event-queue.ts";

/** The timers of one core: one pending expiry per id; setting one again moves it. */
export class Timers {
  readonly #queue: EventQueue;
  readonly #expired: (id: TimerId, isDue: () => boolean) => void;
  readonly #pending = new Map<TimerId, object>();

  /** @param expired is told when, and may ask later whether it is still meant */
  constructor(queue: EventQueue, expired: (id: TimerId, isDue: () => boolean) => void) {
    this.#queue = queue;
    this.#expired = expired;
  }

  set(id: TimerId, atMs: number): void {
    // A fresh token each time: an expiry already in the queue finds that it is not meant any more.
    const token = {};
    this.#pending.set(id, token);
    this.#queue.add(atMs, () => {
      const isDue = () => this.#pending.get(id) === token;
      if (isDue()) this.#expired(id, isDue);
    });
  }

  /** @returns false if it was not pending */
  clear(id: TimerId): boolean {
    return this.#pending.delete(id);
  }

  clearAll(): void {
    this.#pending.clear();
  }
}
