import { FILES } from "../observations/store.ts";
import { openMetricsText } from "../prometheus/open-metrics.ts";
import { runPoints } from "../prometheus/run-points.ts";
import type { Report } from "./report.ts";

/** The run as time series, for whoever asks his questions in PromQL. */
export const openMetricsReport: Report = {
  name: "open-metrics",
  summary: "the run as time series, for `promtool tsdb create-blocks-from openmetrics`",
  file: FILES.openMetrics,
  render: async (run) => openMetricsText(runPoints(run)),
};
