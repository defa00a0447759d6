import { expect, test } from "vitest";
import { Distribution } from "../../nodes/metrics/distribution.ts";
import { replicaMetrics } from "../../nodes/metrics/replica-metrics.ts";
import { plain } from "../../nodes/metrics/sample.ts";
import { exampleRun } from "../reports/example-run.fixture.ts";
import { openMetricsReport } from "../reports/open-metrics.ts";
import { openMetricsText } from "./open-metrics.ts";
import { pointsAt } from "./point.ts";

test("samples of a series stand together, and the end is marked", () => {
  const common = { run: "a" };
  const at = (atMs: number, view: number) =>
    pointsAt([plain(replicaMetrics.view, view), plain(replicaMetrics.requests, 7)], {
      atMs,
      common,
    });
  expect(openMetricsText([...at(1000, 0), ...at(1500, 1)])).toBe(
    [
      "# TYPE bft_view gauge",
      "# HELP bft_view View that the replica is in",
      'bft_view{run="a"} 0 1',
      'bft_view{run="a"} 1 1.5',
      "# TYPE bft_requests_executed counter",
      "# HELP bft_requests_executed Requests executed",
      'bft_requests_executed_total{run="a"} 7 1',
      'bft_requests_executed_total{run="a"} 7 1.5',
      "# EOF",
      "",
    ].join("\n"),
  );
});

test("a unit is told where there is one", () => {
  const samples = new Distribution(replicaMetrics.persistSeconds).samples();
  const text = openMetricsText(pointsAt(samples, { atMs: 1, common: {} }));
  expect(text).toContain("# UNIT bft_persist_seconds seconds\n");
});

test("a run's file says each line once, in order of time", async () => {
  const text = await openMetricsReport.render(exampleRun());
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const times = new Map<string, number>();
  for (const line of lines) {
    const [, series = "", at = ""] = /^(.*\}) \S+ (\S+)$/.exec(line) ?? [];
    expect(Number(at)).toBeGreaterThan(times.get(series) ?? 0);
    times.set(series, Number(at));
  }
  for (const name of ["bft_verdict", "bft_outage_seconds", "bft_fault_budget", "bft_run_info"]) {
    expect(text).toContain(`\n${name}{`);
  }
  expect(text.endsWith("# EOF\n")).toBe(true);
});
