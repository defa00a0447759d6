/** The text in which Prometheus reads samples. */
import type { Metric } from "./metric.ts";
import type { Labels, Sample } from "./sample.ts";

/** What Prometheus reads from a page: each metric once, with its help and type. */
export function pageText(samples: readonly Sample[], common: Labels): string {
  const byMetric = Map.groupBy(samples, ({ metric }) => metric);
  const lines: string[] = [];
  for (const [metric, own] of byMetric) {
    lines.push(`# HELP ${metric.name} ${helpText(metric)}`);
    lines.push(`# TYPE ${metric.name} ${metric.type}`);
    for (const { part, labels, value } of own) {
      lines.push(
        `${seriesText(metric.name + part, { ...labels, ...common })} ${numberText(value)}`,
      );
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

export function helpText({ help }: Metric): string {
  return escaped(help);
}

/** A series as it is written in every text format and in queries. */
export function seriesText(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (each) => (each === "\n" ? "\\n" : `\\${each}`));
}

const PAIR = /([a-z_]+)="((?:[^"\\]|\\.)*)",?/y;

/** The other way round; null for what `seriesText` does not write. */
export function readSeries(
  text: string,
): { readonly name: string; readonly labels: Labels } | null {
  const [, name = "", , inner] = /^([a-z_]+)(\{(.*)\})?$/s.exec(text) ?? [];
  if (name === "") return null;
  const labels: Record<string, string> = {};
  PAIR.lastIndex = 0;
  while (inner !== undefined && PAIR.lastIndex < inner.length) {
    const pair = PAIR.exec(inner);
    if (pair === null) return null;
    const [, label = "", value = ""] = pair;
    labels[label] = value.replace(/\\(.)/gs, (_, each) => (each === "n" ? "\n" : String(each)));
  }
  return { name, labels };
}
