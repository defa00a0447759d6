/** Whether clients are served, from their history as it is made: one rule for every world. */
import { isAnswer } from "../observations/history.ts";
import type { HistoryEvent } from "../observations/observations.ts";
import type { WorldEvent } from "../plan/executor.ts";

export class ServiceWatch {
  readonly #limitMs: number;
  /** Since when somebody has waited and nobody was answered, ns; null = nobody waits. */
  #silentSince: number | null = null;
  #waiting = 0;

  /** @param limitMs silence for longer than this is an outage */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * A client that gives up ends its own waiting, not the outage.
   * @returns how long the outage was that this event ends, ms; null if it ends none
   */
  see(event: HistoryEvent): number | null {
    if (event.type === "invoke") {
      this.#waiting += 1;
      this.#silentSince ??= event.time;
      return null;
    }
    this.#waiting -= 1;
    if (!isAnswer(event)) return null;
    const silentMs = this.silentMs(event.time) ?? 0;
    this.#silentSince = this.#waiting > 0 ? event.time : null;
    return silentMs > this.#limitMs ? silentMs : null;
  }

  /** How long nobody has been answered by now (ns), ms; null where nobody waits for it. */
  silentMs(nowNs: number): number | null {
    return this.#silentSince === null ? null : (nowNs - this.#silentSince) / 1e6;
  }
}

/** The end of an outage as an event that entries may wait for; it is nobody's. */
export function recoveredEvent(
  silentMs: number,
  when: Pick<WorldEvent, "ageMs" | "atNs">,
): WorldEvent {
  const what = `a client was answered after ${Math.round(silentMs)} ms in which nobody was`;
  return { name: "recovered", by: null, role: null, slot: null, view: null, what, ...when };
}
