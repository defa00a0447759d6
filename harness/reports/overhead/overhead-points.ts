import { runMetrics } from "../../../nodes/metrics/run-metrics.ts";
import { plain } from "../../../nodes/metrics/sample.ts";
import { type Point, pointsAt } from "../../prometheus/point.ts";
import type { Figures, OverheadRow } from "./overhead.ts";

/** What a figure is called in the label `measure`. */
const measures: Readonly<Record<string, (figures: Figures) => number | null>> = {
  p50: ({ p50Ms }) => p50Ms,
  p99: ({ p99Ms }) => p99Ms,
  cpu: ({ cpuSecondsPerOperation }) => cpuSecondsPerOperation,
};

export interface OverheadMoment {
  readonly id: string;
  readonly driver: string;
  readonly baseline: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Every protocol against the baseline, by operation and by what was measured. */
export function overheadPoints(
  rows: readonly OverheadRow[],
  { id, driver, baseline, atMs }: OverheadMoment,
): readonly Point[] {
  // Of one client, as the table that it is held against: under load a latency is the queue's.
  const single = rows.filter(({ clients }) => clients === 1);
  return single.flatMap(({ operation, protocol, median }) => {
    const base = single.find((row) => row.operation === operation && row.protocol === baseline);
    if (protocol === baseline || median === null || !base?.median) return [];
    const { median: without } = base;
    const samples = Object.entries(measures).flatMap(([measure, of]) => {
      const ratio = (of(median) ?? Number.NaN) / (of(without) ?? Number.NaN);
      if (!Number.isFinite(ratio)) return [];
      return [plain(runMetrics.nullOperationOverhead, ratio, { operation, measure })];
    });
    const common = { run: id, scenario: "bench-overhead", protocol, driver };
    return pointsAt(samples, { atMs, common });
  });
}
