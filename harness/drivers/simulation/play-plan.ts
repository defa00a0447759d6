/** Plays one plan from its beginning to its end at once, and leaves nothing but what was seen. */
import type { HarnessState, Observations } from "../../observations/observations.ts";
import type { Plan } from "../../plan/plan.ts";
import type { ProcessTotals } from "./kernel.ts";
import { MemoryRun } from "./memory-run.ts";
import { PlanPlayer } from "./plan-player.ts";
import { RunRecord } from "./run-record.ts";
import { type ClusterParts, clusterFor } from "./simulated-cluster.ts";

export interface PlayedPlan {
  readonly observations: Observations;
  readonly steps: number;
  readonly virtualMs: number;
  readonly traceHash: string;
  readonly processes: ProcessTotals;
}

export interface PlayOptions extends ClusterParts {
  /** The command that plays it again. */
  readonly rerun: string;
}

const SLICE_MS = 1_000;

export function playPlan(plan: Plan, { rerun, ...parts }: PlayOptions): PlayedPlan {
  const cluster = clusterFor(plan, parts);
  const { kernel } = cluster;
  const store = new MemoryRun();
  const record = new RunRecord(store, () => kernel.now, { keepsMetrics: false });
  const player = new PlanPlayer(plan, cluster, record);
  const harness = playedWith(player);
  record.begin(0);
  const run = {
    id: `seed-${plan.seed}`,
    scenario: plan.scenario,
    seed: plan.seed,
    driver: "simulation",
    startedAt: new Date(0).toISOString(),
    zero: String(record.zeroNs),
    rerun,
    host: {},
    versions: {},
    harness,
    residue: [],
  };
  return {
    observations: store.observations({ plan, run, zeroNs: record.zeroNs }),
    steps: kernel.steps,
    virtualMs: kernel.now,
    traceHash: kernel.traceHash,
    processes: kernel.processes,
  };
}

function playedWith(player: PlanPlayer): HarnessState {
  try {
    player.begin();
    while (player.advance(SLICE_MS));
    player.end();
    return { state: "ok" };
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { state: "failed", why };
  }
}
