import { collectDefaultMetrics, Registry } from "prom-client";
import type { Labels } from "../metrics/sample.ts";

/** Gauges that are named like counters: `promtool check metrics` is right to refuse them. */
const MISNAMED = ["handles", "requests", "resources"].map((what) => `nodejs_active_${what}_total`);

/** What this process says of itself, whoever it is. */
export function processMetrics(labels: Labels): Pick<Registry, "contentType" | "metrics"> {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}

/** Since its start. */
export function processUse(): { readonly rssBytes: number; readonly cpuSeconds: number } {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}
