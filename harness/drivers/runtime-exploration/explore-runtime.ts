/** Seeds of the runtime, one after the other; each is drawn, played and judged for itself. */
import type { Mutant } from "../../../faults/mutant.ts";
import type { BrokenPromise } from "./judge.ts";
import { linkRuntime } from "./linked-runtime.ts";
import { playRuntime, type RuntimeTotals } from "./play-runtime.ts";
import { drawPlan } from "./runtime-plan.ts";

export interface RuntimeSeedResult {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  readonly totals: RuntimeTotals;
}

/** @param mutant null: the honest code */
export async function runtimeSeedResult(
  seed: number,
  mutant: Mutant | null,
): Promise<RuntimeSeedResult> {
  return { seed, ...(await playRuntime(drawPlan(seed), await linkRuntime(mutant))) };
}

/** What many seeds came to, taken in their order. */
export class RuntimeFindings {
  readonly failures: RuntimeSeedResult[] = [];
  readonly mishaps = new Map<string, number>();
  seeds = 0;
  starts = 0;
  refusals = 0;
  frames = 0;
  virtualMs = 0;

  add(result: RuntimeSeedResult): void {
    const { broken, totals } = result;
    this.seeds += 1;
    this.starts += totals.starts;
    this.refusals += totals.refusals;
    this.frames += totals.frames;
    this.virtualMs += totals.virtualMs;
    for (const [kind, count] of Object.entries(totals.mishaps)) {
      this.mishaps.set(kind, (this.mishaps.get(kind) ?? 0) + count);
    }
    if (broken.length > 0) this.failures.push(result);
  }
}
