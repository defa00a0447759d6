import { expect, test } from "vitest";
import { Distribution } from "./distribution.ts";
import { pageText } from "./exposition.ts";
import type { Metric } from "./metric.ts";
import { plain } from "./sample.ts";

const size = { name: "bft_size", type: "histogram", unit: "", help: "Sizes", labels: [] } as const;
const histogram: Metric = { ...size, buckets: [1, 2, 4] };

test("a value falls into the first bucket whose bound it does not exceed", () => {
  const sizes = new Distribution(histogram);
  for (const value of [0, 1, 1.5, 4, 5]) sizes.observe(value);
  expect(sizes.samples().map(({ part, labels, value }) => [part, labels["le"], value])).toEqual([
    ["_bucket", "1", 2],
    ["_bucket", "2", 3],
    ["_bucket", "4", 4],
    ["_bucket", "+Inf", 5],
    ["_sum", undefined, 11.5],
    ["_count", undefined, 5],
  ]);
});

test("a page names each metric once and escapes what labels hold", () => {
  const gauge: Metric = { ...size, name: "bft_a", type: "gauge", labels: ["of"], help: "A \\ b" };
  const samples = [
    plain(gauge, 1, { of: 'quote " and \n line' }),
    plain(histogram, 0),
    plain(gauge, Number.POSITIVE_INFINITY, { of: "else" }),
  ];
  expect(pageText(samples, { replica: "r0" })).toBe(
    [
      "# HELP bft_a A \\\\ b",
      "# TYPE bft_a gauge",
      'bft_a{of="quote \\" and \\n line",replica="r0"} 1',
      'bft_a{of="else",replica="r0"} +Inf',
      "# HELP bft_size Sizes",
      "# TYPE bft_size histogram",
      'bft_size{replica="r0"} 0',
      "",
    ].join("\n"),
  );
});
