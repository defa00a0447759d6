/** When something began or ended that may cost a cluster time. */
import { type FaultEffect, isAbsent, strikesLink } from "../../../faults/fault.ts";
import type { LedgerEntry, Observations } from "../../observations/observations.ts";
import type { BudgetCluster, BudgetTimeline } from "../../plan/budget.ts";
import { keepsUp } from "../../plan/cpu-load.ts";
import { carriedBy, delayBy, timelyMs } from "../../plan/link-delay.ts";
import { budgetCluster } from "../../plan/planned-budget.ts";

type Intent = LedgerEntry & { readonly kind: "intent" };

/**
 * In ns, ascending. What never happened disturbs nobody; nor does what leaves all timely and the
 * budget as it was: the bound of L-2 has paid for the slower messages already, so that a delay that
 * comes and goes must not put it off for ever.
 */
export function disturbances(
  { plan, ledger }: Observations,
  budget: BudgetTimeline,
): readonly number[] {
  const cluster = budgetCluster(plan.cluster);
  const steps = new Set(budget.steps.map(({ fromMs }) => fromMs));
  const timely = new Set(
    ledger
      .filter((line): line is Intent => line.kind === "intent")
      .filter(({ effects }) => effects.every((effect) => isTimely(effect, cluster)))
      .map(({ entry }) => entry),
  );
  const disturbing = new Set<string>();
  for (const line of ledger) {
    if (line.kind !== "intent" && line.kind !== "healed") continue;
    if (!timely.has(line.entry) || steps.has(line.time / 1e6)) disturbing.add(line.entry);
  }
  for (const line of ledger) {
    if (line.kind === "installed" && isAbsent(line.outcome)) disturbing.delete(line.entry);
  }
  return ledger
    .flatMap((line) => ("entry" in line && disturbing.has(line.entry) ? [line.time] : []))
    .sort((a, b) => a - b);
}

function isTimely(effect: FaultEffect, cluster: BudgetCluster): boolean {
  if (effect.on === "cpu") return keepsUp(effect.condition.share, cluster);
  if (!strikesLink(effect)) return false;
  const { clients, load, requestMs } = cluster;
  const { from, to } = effect;
  return delayBy(effect, load[carriedBy(from, to, clients)]) < timelyMs(requestMs);
}
