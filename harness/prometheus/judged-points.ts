/** What only the judge can tell of a run, as metrics. */
import { runMetrics } from "../../nodes/metrics/run-metrics.ts";
import { type Labels, plain, type Sample } from "../../nodes/metrics/sample.ts";
import type { Judgement } from "../checkers/verdict/judgement.ts";
import { endOfRun } from "../checkers/windows.ts";
import type { Observations } from "../observations/observations.ts";
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

/** What it came to, at its end. */
export function judgedPoints({ observations, judgement }: JudgedRecords): readonly Point[] {
  const { run, plan } = observations;
  const common = commonLabels(run, plan);
  const atMs = Math.round(zeroAtMs(observations) + endOfRun(observations) / 1e6);
  return pointsAt(resultSamples({ observations, judgement }), { atMs, common });
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
