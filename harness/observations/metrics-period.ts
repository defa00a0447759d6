import type { Plan } from "../plan/plan.ts";

const PERIOD_MS = 1_000;
/** However long a run is, it has about so many of them: what is kept of it is bounded. */
const SAMPLES_MAX = 120;

/** How often a run's metrics are read, and so how fine its time series are. */
export function metricsPeriodMs({ phases }: Pick<Plan, "phases">): number {
  const totalMs = phases.warmupMs + phases.faultsMs + phases.quietMs;
  return PERIOD_MS * Math.max(1, Math.ceil(totalMs / SAMPLES_MAX / PERIOD_MS));
}
