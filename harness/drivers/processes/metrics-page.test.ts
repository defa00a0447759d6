import { expect, test } from "vitest";
import { pageText } from "../../../nodes/metrics/exposition.ts";
import { replicaMetrics } from "../../../nodes/metrics/replica-metrics.ts";
import { plain } from "../../../nodes/metrics/sample.ts";
import { readMetricsPage } from "./metrics-page.ts";

const common = { protocol: "pbft-sig", replica: "r0" };

test("what a page says of known metrics is read back, without what all replicas bear", () => {
  const page = pageText(
    [
      plain(replicaMetrics.view, 3),
      plain(replicaMetrics.rejectedInputs, 2, { reason: 'odd "\\ \n' }),
    ],
    common,
  );
  expect(readMetricsPage(page)).toEqual({
    bft_view: 3,
    'bft_rejected_inputs_total{reason="odd \\"\\\\ \\n"}': 2,
  });
});

test.each([
  ["a metric that is in no list", 'bft_else{protocol="p",replica="r0"} 1'],
  ["a label too many", 'bft_view{more="x",protocol="p",replica="r0"} 1'],
  ["a label too few", 'bft_view{replica="r0"} 1'],
  ["no number", 'bft_view{protocol="p",replica="r0"} x'],
  ["a number without end", 'bft_view{protocol="p",replica="r0"} +Inf'],
  ["labels that do not end", 'bft_view{protocol="p",replica="r0} 1'],
  ["a label without end", `bft_connected{peer="${"x".repeat(201)}",protocol="p",replica="r0"} 1`],
])("%s is not kept", (_, line) => {
  expect(readMetricsPage(`${line}\n`)).toEqual({});
});

test("whoever says without end is not listened to the end", () => {
  const lines = Array.from(
    { length: 2_000 },
    (_, peer) => `bft_connected{peer="r${peer}",protocol="p",replica="r0"} 1\n`,
  );
  expect(Object.keys(readMetricsPage(lines.join("")))).toHaveLength(1_000);
});
