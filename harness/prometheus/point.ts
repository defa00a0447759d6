import type { Metric } from "../../nodes/metrics/metric.ts";
import type { Labels, Sample } from "../../nodes/metrics/sample.ts";

/** One sample of one run at one time, with everything that tells it from those of other runs. */
export interface Point {
  readonly metric: Metric;
  readonly part: Sample["part"];
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The samples of one moment, with the labels that all of them share. */
export function pointsAt(
  samples: readonly Sample[],
  { atMs, common }: { readonly atMs: number; readonly common: Labels },
): readonly Point[] {
  return samples.map(({ metric, part, labels, value }) => ({
    metric,
    part,
    labels: { ...labels, ...common },
    value,
    atMs,
  }));
}
