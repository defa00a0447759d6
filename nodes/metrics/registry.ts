/** Every metric that there is, one line for each origin. */
import type { Metric } from "./metric.ts";
import { REPLICA_LABELS, replicaMetrics } from "./replica-metrics.ts";
import { RUN_LABELS, runMetrics } from "./run-metrics.ts";

export interface MetricOrigin {
  readonly origin: "replica" | "harness";
  readonly metrics: readonly Metric[];
  /** On every sample of a run. */
  readonly commonLabels: readonly string[];
}

export const metricOrigins: readonly MetricOrigin[] = [
  {
    origin: "replica",
    metrics: Object.values(replicaMetrics),
    commonLabels: [...new Set([...RUN_LABELS, ...REPLICA_LABELS])],
  },
  { origin: "harness", metrics: Object.values(runMetrics), commonLabels: RUN_LABELS },
];
