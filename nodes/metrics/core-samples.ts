/** What a core says of itself, as metrics: the same of a real replica and of a simulated one. */
import type { CoreStatus } from "../protocols/contract/core.ts";
import type { Metric } from "./metric.ts";
import { replicaMetrics } from "./replica-metrics.ts";
import { plain, type Sample } from "./sample.ts";

/** By the name that a core gives it. */
export const coreCounters: Readonly<Record<string, Metric>> = {
  requests: replicaMetrics.requests,
  batches: replicaMetrics.batches,
  viewChanges: replicaMetrics.viewChanges,
  newViews: replicaMetrics.newViews,
  checkpoints: replicaMetrics.checkpoints,
  stateTransfers: replicaMetrics.stateTransfers,
  statePagesFetched: replicaMetrics.statePagesFetched,
  stateBytesFetched: replicaMetrics.stateBytesFetched,
  retransmissions: replicaMetrics.retransmissions,
  rejectedWork: replicaMetrics.rejectedWork,
  repeatedChecks: replicaMetrics.repeatedChecks,
  surplusChecks: replicaMetrics.surplusChecks,
};

/** Of the second executable, which counts what its behaviours did. */
const BYZANTINE = "byzantine.";

export function coreSamples(
  status: CoreStatus,
  queues: Readonly<Record<string, number>>,
): readonly Sample[] {
  const { view, active, lastExec, stable, rejected, counters } = status;
  return [
    plain(replicaMetrics.view, view),
    plain(replicaMetrics.viewActive, Number(active)),
    plain(replicaMetrics.executed, lastExec),
    plain(replicaMetrics.stable, stable),
    plain(replicaMetrics.checkpointLag, Math.max(0, lastExec - stable)),
    ...Object.entries(counters).flatMap(([name, count]) => counterSamples(name, count)),
    ...Object.entries(rejected).map(([reason, count]) =>
      plain(replicaMetrics.rejectedInputs, count, { reason }),
    ),
    ...Object.entries(queues).map(([queue, length]) =>
      plain(replicaMetrics.queueLength, length, { queue }),
    ),
  ];
}

function counterSamples(name: string, count: number): readonly Sample[] {
  if (name.startsWith(BYZANTINE)) {
    const behaviour = name.slice(BYZANTINE.length);
    return [plain(replicaMetrics.byzantineFrames, count, { behaviour })];
  }
  const metric = coreCounters[name];
  return metric === undefined ? [] : [plain(metric, count)];
}
