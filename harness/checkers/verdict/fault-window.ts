/** The window that the plan gave a fault, beside the one that it really had. */
import type { Plan } from "../../plan/plan.ts";

/** On the run's own clock, so the warm-up is in it. */
export interface PlannedWindow {
  readonly atMs: number;
  readonly forMs: number;
}

export interface RealWindow {
  readonly installedAtMs: number | null;
  readonly healedAtMs: number | null;
}

/** Less than this is how machines are. */
const TOLERANCE_MS = 100;
const TOLERANCE_SHARE = 0.05;

/**
 * Null for what is not in the plan, or has no time there: it waits for something, or for all others
 * to converge. No other window outlives the faults phase.
 */
export function plannedWindow({ entries, phases }: Plan, entry: string): PlannedWindow | null {
  const planned = entries.find(({ id }) => id === entry);
  if (planned === undefined || planned.when !== undefined) return null;
  if (planned.outlasts === true) return null;
  const fromMs = Math.min(planned.atMs, phases.faultsMs);
  const toMs = Math.min(planned.atMs + planned.durationMs, phases.faultsMs);
  return { atMs: phases.warmupMs + fromMs, forMs: toMs - fromMs };
}

/**
 * The same of what waited for something, once it had begun: it lasts from its installation on, and
 * no longer than the faults phase. Null for what has a time in the plan, or never began.
 */
export function windowOnceBegun(
  { entries, phases }: Plan,
  entry: string,
  installedAtMs: number | null,
): PlannedWindow | null {
  const planned = entries.find(({ id }) => id === entry);
  if (planned?.when === undefined || planned.outlasts === true || installedAtMs === null) {
    return null;
  }
  const leftMs = phases.warmupMs + phases.faultsMs - installedAtMs;
  return { atMs: installedAtMs, forMs: Math.max(0, Math.min(planned.durationMs, leftMs)) };
}

/** In words what differs by more than max(100 ms, 5 % of the planned length); null = nothing. */
export function deviationOf(planned: PlannedWindow | null, real: RealWindow): string | null {
  const { installedAtMs, healedAtMs } = real;
  if (planned === null || installedAtMs === null) return null;
  const allowedMs = Math.max(TOLERANCE_MS, planned.forMs * TOLERANCE_SHARE);
  const parts: string[] = [];
  const lateMs = installedAtMs - planned.atMs;
  if (Math.abs(lateMs) > allowedMs) {
    parts.push(`began ${off(lateMs, "later", "earlier")} than planned`);
  }
  const longerMs = healedAtMs === null ? 0 : healedAtMs - installedAtMs - planned.forMs;
  if (Math.abs(longerMs) > allowedMs) {
    parts.push(`lasted ${off(longerMs, "longer", "shorter")} than planned`);
  }
  return parts.length === 0 ? null : parts.join(" and ");
}

function off(ms: number, more: string, less: string): string {
  return `${Math.round(Math.abs(ms))} ms ${ms > 0 ? more : less}`;
}
