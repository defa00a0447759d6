/**
 * Redundancy lost: the time in which exactly f replicas were faulty or away (B + C = f), so that
 * one more would have been too many.
 */
import type { Observations } from "../../observations/observations.ts";
import type { BudgetTimeline } from "../../plan/budget.ts";
import { budgetWindows, endOfRun } from "../windows.ts";

/** Null for a cluster that has none to lose (f = 0). */
export function redundancyLostMs(
  observations: Observations,
  budget: BudgetTimeline,
): number | null {
  const { crashed } = budget.tolerates;
  if (crashed === 0) return null;
  const windows = budgetWindows(
    budget,
    endOfRun(observations),
    ({ safety, unavailable }) => safety.length + unavailable === crashed,
  );
  return windows.reduce((total, { from, to }) => total + (to - from), 0) / 1e6;
}
