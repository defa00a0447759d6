/** B(t) and C(t) as they were: from what the ledger says was done, not from the plan. */
import { isAbsent } from "../../faults/fault.ts";
import { onlyUntil } from "../observations/completeness.ts";
import type { Observations } from "../observations/observations.ts";
import { FILES } from "../observations/store.ts";
import { type BudgetTimeline, type BudgetWindow, budgetOf } from "../plan/budget.ts";
import { budgetCluster } from "../plan/planned-budget.ts";

/**
 * From the intent until the heal was done. That a restarted replica needs a while to be of use
 * again is part of the bound of L-2, not of C: else a replica that never comes back would excuse
 * the cluster for ever. A fault counts whether or not it was proven, but
 * for one that is known not to have happened.
 */
export function observedBudget({
  plan,
  ledger,
}: Pick<Observations, "plan" | "ledger">): BudgetTimeline {
  const healedAt = new Map<string, number>();
  const absent = new Set<string>();
  for (const line of ledger) {
    if (line.kind === "healed") healedAt.set(line.entry, line.time / 1e6);
    if (line.kind === "installed" && isAbsent(line.outcome)) absent.add(line.entry);
  }
  const windows = ledger.flatMap((line): readonly BudgetWindow[] => {
    if (line.kind !== "intent" || absent.has(line.entry)) return [];
    const toMs = healedAt.get(line.entry) ?? Number.POSITIVE_INFINITY;
    return [{ fromMs: line.time / 1e6, toMs, effects: line.effects }];
  });
  return budgetOf(budgetCluster(plan.cluster), windows);
}

/** Replicas that were never in B before `untilMs`. */
export function goodReplicas(
  { plan }: Observations,
  { steps }: BudgetTimeline,
  untilMs = Number.POSITIVE_INFINITY,
): ReadonlySet<number> {
  const bad = new Set(
    steps.filter(({ fromMs }) => fromMs < untilMs).flatMap(({ safety }) => safety),
  );
  const { replicas } = plan.cluster.parameters;
  const all = Array.from({ length: replicas }, (_, replica) => replica);
  return new Set(all.filter((replica) => !bad.has(`r${replica}`)));
}

/** The largest number of safety faults there ever was before `untilMs`. */
export function safetyFaultsMax(
  { steps }: BudgetTimeline,
  untilMs = Number.POSITIVE_INFINITY,
): number {
  const counts = steps.filter(({ fromMs }) => fromMs < untilMs).map(({ safety }) => safety.length);
  return Math.max(0, ...counts);
}

/** When B first exceeded f; null = never. */
export function exceededAtMs({ steps }: BudgetTimeline): number | null {
  return steps.find(({ safetyOwed }) => !safetyOwed)?.fromMs ?? null;
}

/** Everything seen before an instant: what happened later is not known. */
export function before(observations: Observations, untilMs: number): Observations {
  const until = untilMs * 1e6;
  const early = <Line extends { readonly time: number }>(lines: readonly Line[]): readonly Line[] =>
    lines.filter(({ time }) => time < until);
  const files = [
    FILES.history,
    FILES.ledger,
    ...[...observations.audits.keys()].map((replica) => FILES.audit(replica)),
  ];
  return {
    ...observations,
    completeness: onlyUntil(observations.completeness, files, until),
    history: early(observations.history),
    ledger: early(observations.ledger),
    samples: early(observations.samples),
    audits: new Map([...observations.audits].map(([id, records]) => [id, early(records)])),
  };
}
