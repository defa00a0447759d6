/** One line per report file. */
import { htmlReport } from "./html/html.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { openMetricsReport } from "./open-metrics.ts";
import type { Report } from "./report.ts";

export const reports: readonly Report[] = [jsonReport, htmlReport, junitReport, openMetricsReport];
