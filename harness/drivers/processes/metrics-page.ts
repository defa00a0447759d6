/** Reads a replica's `/metrics`: what is in the list of metrics, and no more than is kept of it. */
import { readSeries, seriesText } from "../../../nodes/metrics/exposition.ts";
import { REPLICA_LABELS, replicaMetrics } from "../../../nodes/metrics/replica-metrics.ts";

/** Many times what an honest replica has; whoever has more may be lying. */
const SERIES_MAX = 1_000;
const LABEL_CHARACTERS_MAX = 200;

const PARTS = { counter: [""], gauge: [""], histogram: ["_bucket", "_sum", "_count"], summary: [] };

/** By the name of a line, the labels that it has beside those of every replica. */
const known = new Map(
  Object.values(replicaMetrics).flatMap(({ name, type, labels }) =>
    PARTS[type].map((part): [string, string] => {
      const own = part === "_bucket" ? [...labels, "le"] : labels;
      return [`${name}${part}`, [...own, ...REPLICA_LABELS].toSorted().join()];
    }),
  ),
);

/** Values by series, each as it is written but for the labels of every replica. */
export function readMetricsPage(page: string): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  let count = 0;
  for (const line of page.split("\n")) {
    const [, series = "", number = ""] = /^([^#\s].*) (\S+)$/s.exec(line) ?? [];
    const value = Number(number);
    const read = Number.isFinite(value) ? readSeries(series) : null;
    if (read === null || !isKnown(read.name, read.labels)) continue;
    if (++count > SERIES_MAX) break;
    const own = Object.entries(read.labels).filter(([label]) => !isCommon(label));
    values[seriesText(read.name, Object.fromEntries(own))] = value;
  }
  return values;
}

function isKnown(name: string, labels: Readonly<Record<string, string>>): boolean {
  if (known.get(name) !== Object.keys(labels).toSorted().join()) return false;
  return Object.values(labels).every((value) => value.length <= LABEL_CHARACTERS_MAX);
}

function isCommon(label: string): boolean {
  return (REPLICA_LABELS as readonly string[]).includes(label);
}
