/** What only the judge can tell of a run, as metrics. */
import { runMetrics } from "../../nodes/metrics/run-metrics.ts";
import { type Labels, plain, type Sample } from "../../nodes/metrics/sample.ts";
import type { Judgement } from "../checkers/verdict/judgement.ts";
import { endOfRun } from "../checkers/windows.ts";
import { metricsPeriodMs } from "../observations/metrics-period.ts";
import type { Observations } from "../observations/observations.ts";
import type { BudgetTimeline } from "../plan/budget.ts";
import { type Point, pointsAt } from "./point.ts";
import { commonLabels } from "./run-playback.ts";

export interface JudgedRecords {
  readonly observations: Observations;
  readonly judgement: Judgement;
}

/** The zero instant on the clock of the wall; runs of older versions know when they started. */
export function zeroAtMs({ run }: Pick<Observations, "run">): number {
  return Date.parse(run.zeroAt ?? run.startedAt);
}

/** The budget over the whole run, then what it came to, at its end. */
export function judgedPoints({ observations, judgement }: JudgedRecords): readonly Point[] {
  const { run, plan } = observations;
  const common = commonLabels(run, plan);
  const zeroMs = zeroAtMs(observations);
  const endMs = endOfRun(observations) / 1e6;
  const at = (samples: readonly Sample[], ms: number) =>
    pointsAt(samples, { atMs: Math.round(zeroMs + ms), common });
  const budget = momentsOf(judgement.budget, metricsPeriodMs(plan), endMs).flatMap((ms) =>
    at(budgetSamples(judgement.budget, ms), ms),
  );
  return [...budget, ...at(resultSamples({ observations, judgement }), endMs)];
}

/** Every period, and whenever it changed: whole milliseconds, ascending, none twice. */
function momentsOf({ steps }: BudgetTimeline, periodMs: number, endMs: number): readonly number[] {
  const periods = Array.from({ length: Math.ceil(endMs / periodMs) }, (_, k) => k * periodMs);
  const changes = steps.map(({ fromMs }) => Math.ceil(fromMs));
  const all = [...periods, ...changes, Math.floor(endMs)].filter((ms) => ms >= 0 && ms <= endMs);
  return [...new Set(all)].sort((a, b) => a - b);
}

function budgetSamples({ steps, tolerates }: BudgetTimeline, ms: number): readonly Sample[] {
  const step = steps.findLast(({ fromMs }) => fromMs <= ms);
  const terms = {
    B: step?.safety.length ?? 0,
    C: step?.unavailable ?? 0,
    f: tolerates.crashed,
  };
  return Object.entries(terms).map(([term, value]) =>
    plain(runMetrics.faultBudget, value, { term }),
  );
}

function resultSamples({ observations, judgement }: JudgedRecords): readonly Sample[] {
  const { verdict, asExpected, outageMs, recoveryMs, operations, faults } = judgement;
  const expected = observations.plan.expect.verdict;
  const verdictLabels = { verdict, expected, as_expected: String(asExpected) };
  return [
    plain(runMetrics.verdict, 1, verdictLabels),
    plain(runMetrics.operationsShed, operations.shed),
    plain(runMetrics.outage, outageMs / 1e3),
    ...(recoveryMs === null ? [] : [plain(runMetrics.recovery, recoveryMs / 1e3)]),
    ...faultOutages(faults),
  ];
}

/** The longest of all windows of a fault. */
function faultOutages(faults: Judgement["faults"]): readonly Sample[] {
  const longest = new Map<string, { readonly labels: Labels; readonly ms: number }>();
  for (const { name, fault, outageMs } of faults) {
    if (outageMs === null) continue;
    const ms = Math.max(outageMs, longest.get(name)?.ms ?? 0);
    longest.set(name, { labels: { fault: name, kind: fault }, ms });
  }
  return [...longest.values()].map(({ labels, ms }) =>
    plain(runMetrics.faultOutage, ms / 1e3, labels),
  );
}
