import type { Plan } from "../../plan/plan.ts";
import type { Progress } from "../driver.ts";
import type { CompletedOperation } from "./workload.ts";

/** The figures of the progress line, over the last second of virtual time. */
export class RunProgress {
  readonly #totalMs: number;
  #recent: CompletedOperation[] = [];

  constructor({ phases }: Plan) {
    this.#totalMs = phases.warmupMs + phases.faultsMs + phases.quietMs;
  }

  completed(operation: CompletedOperation): void {
    if (operation.outcome === "ok") this.#recent.push(operation);
  }

  /** @param nowMs virtual; @param sinceZeroMs how long the run has lasted */
  at(
    nowMs: number,
    sinceZeroMs: number,
    state: Pick<Progress, "phase" | "view" | "activeFaults">,
  ): Progress {
    this.#recent = this.#recent.filter(({ completedMs }) => nowMs - completedMs < 1_000);
    const latencies = this.#recent
      .map(({ intendedMs, completedMs }) => completedMs - intendedMs)
      .toSorted((a, b) => a - b);
    return {
      ...state,
      remainingMs: Math.max(0, this.#totalMs - sinceZeroMs),
      operationsPerSecond: latencies.length,
      p99Ms: latencies[Math.ceil(latencies.length * 0.99) - 1] ?? null,
    };
  }
}
