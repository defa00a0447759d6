import type { LatencySummary } from "../../checkers/verdict/judgement.ts";
import { count, milliseconds } from "../format.ts";
import { latencyBars } from "../time-series.ts";
import { axisLabel, chart, FONT_SIZE, plotGrid, valueAxis } from "./chart.ts";
import { figure } from "./figure.ts";
import type { Html } from "./markup.ts";
import { scaleLabel } from "./time-charts.ts";

/**
 * How the latencies of all operations answered after the warm-up are spread; both percentiles are
 * marked.
 */
export function latencyDistribution(
  ascendingLatencies: readonly number[],
  summary: LatencySummary,
): Html {
  const bars = latencyBars(ascendingLatencies);
  const first = Math.floor(exponent(bars[0]?.fromMs ?? 1) + 1e-9);
  const last = Math.ceil(exponent(bars.at(-1)?.toMs ?? 10) - 1e-9);
  const label = `Distribution of ${count(ascendingLatencies.length)} latencies: p50 ${milliseconds(summary.p50)}, p99 ${milliseconds(summary.p99)}, maximum ${milliseconds(summary.max)}.`;
  const outline = bars.flatMap(({ fromMs, toMs, operations }) => [
    [exponent(fromMs), operations],
    [exponent(toMs), operations],
  ]);
  return figure({
    title: "Latency distribution",
    note: "number of answered operations after the warm-up; logarithmic",
    picture: chart({
      id: "distribution",
      label,
      height: 196,
      option: () => ({
        grid: plotGrid(40, 28),
        xAxis: {
          type: "value",
          min: first,
          max: Math.max(last, first + 1),
          interval: 1,
          ...valueAxis(),
          splitLine: { show: false },
          axisLine: { show: true, lineStyle: { color: "var(--rule)" } },
          axisLabel: { ...axisLabel(), formatter: (power: number) => scaleLabel(10 ** power) },
        },
        yAxis: { type: "value", min: 0, splitNumber: 3, ...valueAxis() },
        series: [
          {
            type: "line",
            silent: true,
            showSymbol: false,
            lineStyle: { color: "var(--series-1)", width: 1.2 },
            areaStyle: { color: "var(--series-1)", opacity: 0.3 },
            data: outline,
          },
          percentileMark({ name: "p50", ms: summary.p50, color: "var(--series-1)", line: 1 }),
          percentileMark({ name: "p99", ms: summary.p99, color: "var(--series-2)", line: 0 }),
        ],
      }),
    }),
  });
}

interface PercentileMark {
  readonly name: string;
  readonly ms: number;
  readonly color: string;
  /** Labels of marks that lie close stand one above the other. */
  readonly line: number;
}

function percentileMark({ name, ms, color, line }: PercentileMark) {
  return {
    type: "line",
    data: [],
    silent: true,
    markLine: {
      silent: true,
      symbol: "none",
      lineStyle: { color, type: "solid", width: 1.5 },
      label: {
        formatter: `${name} ${milliseconds(ms)}`,
        color,
        fontSize: FONT_SIZE,
        distance: 4 + 16 * line,
      },
      data: [{ xAxis: exponent(ms) }],
    },
  };
}

/** Place on the logarithmic axis. */
function exponent(ms: number): number {
  return Math.log10(Math.max(ms, 0.001));
}
