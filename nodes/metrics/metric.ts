/** What a metric is, whoever counts it: its name, its unit and its labels are written once. */
export interface Metric {
  /** With its unit at the end, and `_total` where it only grows. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  /** Of its values; empty = they are plain numbers. */
  readonly unit: "" | "seconds" | "bytes" | "ratio";
  readonly help: string;
  /** Beside those that all metrics of its origin bear. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without the infinite one. */
  readonly buckets?: readonly number[];
}
