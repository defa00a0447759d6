/** A part of the night for the runtime: logs, queues and links instead of a protocol. */
import { setImmediate } from "node:timers/promises";
import { monotonicMs } from "../../drivers/clock.ts";
import { runtimeSeedResult } from "../../drivers/runtime-exploration/explore-runtime.ts";
import { drawPlan } from "../../drivers/runtime-exploration/runtime-plan.ts";
import { type ExplorationStep, type ExplorationTotals, sumOf } from "../../reports/night/night.ts";
import {
  type RuntimeAssignment,
  runtimeMutantOf,
  runtimeSeedAgain,
} from "../explore/runtime-assignment.ts";
import { keptRuntimePlan } from "../explore/runtime-plan-file.ts";
import { type Chunk, type Exploring, FAILURES_MAX, PART_MS } from "./exploration.ts";

export async function exploreRuntimePart(
  { key, protocol, firstSeed }: Chunk,
  { untilMs, isStopped, keep }: Pick<Exploring, "untilMs" | "isStopped" | "keep">,
  assignment: RuntimeAssignment,
): Promise<ExplorationStep> {
  const mutant = runtimeMutantOf(assignment);
  const beganMs = monotonicMs();
  const endMs = Math.min(untilMs, beganMs + PART_MS);
  const virtual: number[] = [];
  const failures: ExplorationStep["failures"][number][] = [];
  const isOver = () => monotonicMs() >= endMs || failures.length >= FAILURES_MAX || isStopped();
  for (let seed = firstSeed; !isOver(); seed += 1) {
    const { broken, totals } = await runtimeSeedResult(seed, mutant);
    virtual.push(totals.virtualMs);
    if (broken.length > 0) {
      const kept = keptRuntimePlan({ mutant: assignment.mutant, plan: drawPlan(seed) });
      const plan = keep(`${protocol}-seed-${seed}`, kept);
      failures.push({ seed, broken, rerun: runtimeSeedAgain(seed, assignment), plan });
    }
    await setImmediate();
  }
  const totals = { ...sumOf([]), ...countsOf(virtual) };
  const tookMs = monotonicMs() - beganMs;
  const source = { kind: "exploration", source: "exploration" } as const;
  return { ...source, key, protocol, firstSeed, totals, failures, tookMs };
}

/** What a protocol counts besides happens to no runtime. */
function countsOf(virtual: readonly number[]): Pick<ExplorationTotals, "seeds" | "virtualMs"> {
  return { seeds: virtual.length, virtualMs: virtual.reduce((sum, ms) => sum + ms, 0) };
}
