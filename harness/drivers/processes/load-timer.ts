import type { ClientLoad } from "../client-load.ts";
import { monotonicMs, sleep } from "../clock.ts";

const IDLE_MS = 1_000;

/** Ticks a load in real time, when it wants it. */
export class LoadTimer {
  #atMs: number | null = null;
  #changed = new AbortController();
  #over = false;

  wakeAt(ms: number): void {
    this.#atMs = ms;
    this.#changed.abort();
  }

  stop(): void {
    this.#over = true;
    this.#changed.abort();
  }

  /** Until `stop`. */
  async run(load: Pick<ClientLoad, "tick">): Promise<void> {
    while (!this.#over) {
      const changed = new AbortController();
      this.#changed = changed;
      const atMs = this.#atMs;
      await sleep(atMs === null ? IDLE_MS : atMs - monotonicMs(), changed.signal);
      if (atMs === null || changed.signal.aborted) continue;
      this.#atMs = null;
      load.tick(atMs);
    }
  }
}
