import type { Metric } from "./metric.ts";

/** A number of one metric at one time. */
export interface Sample {
  readonly metric: Metric;
  /** Which part of a histogram or a summary it is; a plain number has none. */
  readonly part: "" | "_bucket" | "_sum" | "_count";
  /** Those of the metric, and `le` or `quantile` where the part has it; not the common ones. */
  readonly labels: Labels;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

export function plain(metric: Metric, value: number, labels: Labels = {}): Sample {
  return { metric, part: "", labels, value };
}
