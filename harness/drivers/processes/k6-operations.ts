/** What the history of a k6 says of its load: figures, keys, and what is still outstanding. */
import { isAnswer } from "../../observations/history.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import type { Figures } from "./client-messages.ts";

interface Done {
  readonly atNs: number;
  readonly latencyNs: number;
}

const RECENT_NS = 1e9;

export class K6Operations {
  readonly #keys = new Set<string>();
  readonly #outstanding = new Map<number, HistoryEvent>();
  readonly #counts = { issued: 0, ok: 0, unknown: 0 };
  #recent: Done[] = [];

  get keys(): readonly string[] {
    return [...this.#keys];
  }

  get issued(): number {
    return this.#counts.issued;
  }

  get answered(): boolean {
    return this.#counts.ok > 0;
  }

  add(event: HistoryEvent): void {
    if (event.key !== null) this.#keys.add(event.key);
    if (event.type === "invoke") {
      this.#counts.issued += 1;
      this.#outstanding.set(event.process, event);
      return;
    }
    const invoke = this.#outstanding.get(event.process);
    this.#outstanding.delete(event.process);
    if (event.type === "info") this.#counts.unknown += 1;
    if (!isAnswer(event) || invoke === undefined) return;
    this.#counts.ok += 1;
    const latencyNs = event.time - (invoke.intended ?? invoke.time);
    this.#recent.push({ atNs: event.time, latencyNs });
  }

  /** Of what nobody will hear an answer any more: their ends, at that time. */
  abandoned(timeNs: number): readonly HistoryEvent[] {
    return [...this.#outstanding.values()].map(({ intended: _, ...invoke }) => ({
      ...invoke,
      type: "info",
      time: timeNs,
    }));
  }

  figures(nowNs: number): Omit<Figures, "shed" | "idle"> {
    this.#recent = this.#recent.filter(({ atNs }) => nowNs - atNs < RECENT_NS);
    const latencies = this.#recent
      .map(({ latencyNs }) => latencyNs / 1e6)
      .toSorted((a, b) => a - b);
    return {
      ...this.#counts,
      operationsPerSecond: latencies.length,
      p99Ms: latencies[Math.ceil(latencies.length * 0.99) - 1] ?? null,
    };
  }
}
