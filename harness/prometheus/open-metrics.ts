/**
 * The OpenMetrics text of a run: every metric once, the samples of a series together and in order
 * of time, as `promtool tsdb create-blocks-from openmetrics` and other readers want them.
 */
import { helpText, numberText, seriesText } from "../../nodes/metrics/exposition.ts";
import type { Metric } from "../../nodes/metrics/metric.ts";
import type { Point } from "./point.ts";

/** @param points of one series in order of time */
export function openMetricsText(points: Iterable<Point>): string {
  const families = new Map<Metric, Map<string, string[]>>();
  for (const { metric, part, labels, value, atMs } of points) {
    const series = seriesText(metric.name + part, labels);
    const family = families.get(metric) ?? new Map<string, string[]>();
    families.set(metric, family);
    const lines = family.get(series) ?? [];
    family.set(series, lines);
    lines.push(`${series} ${numberText(value)} ${numberText(atMs / 1e3)}\n`);
  }
  const text = [...families].map(([metric, family]) => [
    headOf(metric),
    ...[...family.values()].flat(),
  ]);
  return `${text.flat().join("")}# EOF\n`;
}

/** A counter's family is named without `_total`, which its samples have. */
function headOf(metric: Metric): string {
  const family = metric.name.replace(/_total$/, "");
  const unit = metric.unit === "" ? "" : `# UNIT ${family} ${metric.unit}\n`;
  return `# TYPE ${family} ${metric.type}\n${unit}# HELP ${family} ${helpText(metric)}\n`;
}
