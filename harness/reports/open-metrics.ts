import { endOfRun } from "../checkers/windows.ts";
import type { Observations } from "../observations/observations.ts";
import { FILES } from "../observations/store.ts";
import { judgedPoints, zeroAtMs } from "../prometheus/judged-points.ts";
import { openMetricsText } from "../prometheus/open-metrics.ts";
import type { Point } from "../prometheus/point.ts";
import { type RunLine, RunPlayback } from "../prometheus/run-playback.ts";
import type { Report } from "./report.ts";

/** The run as time series, for whoever asks his questions in PromQL. */
export const openMetricsReport: Report = {
  name: "open-metrics",
  summary: "the run as time series, for `promtool tsdb create-blocks-from openmetrics`",
  file: FILES.openMetrics,
  render: async (run) =>
    openMetricsText([...recordedPoints(run.observations), ...judgedPoints(run)]),
};

function recordedPoints(observations: Observations): readonly Point[] {
  const { run, plan, history, ledger, metrics } = observations;
  const points: Point[] = [];
  const playback = new RunPlayback({
    run,
    plan,
    zeroAtMs: zeroAtMs(observations),
    emit: (each) => points.push(...each),
  });
  const end = endOfRun(observations);
  const lines: RunLine[] = [
    ...history.map((line) => ({ of: "history" as const, line })),
    ...ledger.map((line) => ({ of: "ledger" as const, line })),
    ...metrics.map((line) => ({ of: "metrics" as const, line })),
  ];
  const early = lines.filter(({ line }) => line.time <= end);
  for (const line of early.sort((a, b) => a.line.time - b.line.time)) playback.feed(line);
  playback.end(end);
  return points;
}
