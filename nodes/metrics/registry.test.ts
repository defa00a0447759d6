import { describe, expect, test } from "vitest";
import type { Metric } from "./metric.ts";
import { metricOrigins } from "./registry.ts";

const all = metricOrigins.flatMap(({ metrics, commonLabels }) =>
  metrics.map((metric) => ({ metric, commonLabels })),
);

/** What Prometheus's own naming rules ask of a metric; one line each. */
function faultsOf(metric: Metric, commonLabels: readonly string[]): readonly string[] {
  const { name, type, unit, help, labels, buckets } = metric;
  const stem = name.replace(/_total$/, "");
  return [
    ...(/^(bft|process)_[a-z]+(_[a-z]+)*$/.test(name) ? [] : ["odd name"]),
    ...((type === "counter") === name.endsWith("_total") ? [] : ["_total is for counters"]),
    ...(/_(bucket|sum|count)$/.test(stem) ? ["ends like a part of a histogram"] : []),
    ...(unit === "" || stem.endsWith(`_${unit}`) ? [] : ["does not end with its unit"]),
    ...(help === "" ? ["no help"] : []),
    ...((type === "histogram") === (buckets !== undefined) ? [] : ["buckets are for histograms"]),
    ...(buckets?.every((bound, index) => index === 0 || bound > (buckets[index - 1] ?? 0)) === false
      ? ["buckets do not ascend"]
      : []),
    ...labels
      .filter((label) => !/^[a-z]+(_[a-z]+)*$/.test(label) || ["le", "quantile"].includes(label))
      .map((label) => `odd label ${label}`),
    ...labels
      .filter((label) => commonLabels.includes(label))
      .map((label) => `${label} is a common label already`),
  ];
}

describe("every metric", () => {
  test.each(all)("$metric.name follows the naming rules", ({ metric, commonLabels }) => {
    expect(faultsOf(metric, commonLabels)).toEqual([]);
  });

  test("has a name of its own", () => {
    const names = all.map(({ metric }) => metric.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    ["odd name", { name: "bft_Views" }],
    ["_total is for counters", { name: "bft_views_total" }],
    ["ends like a part of a histogram", { name: "bft_count" }],
    ["does not end with its unit", { unit: "seconds" }],
    ["no help", { help: "" }],
    ["buckets are for histograms", { type: "histogram" }],
    ["buckets do not ascend", { type: "histogram", buckets: [1, 1] }],
    ["odd label le", { labels: ["le"] }],
    ["run is a common label already", { labels: ["run"] }],
  ] as const)("is seen to break a rule: %s", (complaint, change) => {
    const sound: Metric = { name: "bft_x", type: "gauge", unit: "", help: "x", labels: [] };
    expect(faultsOf({ ...sound, ...change }, ["run"])).toEqual([complaint]);
  });
});
