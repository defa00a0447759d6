/** Throughput, latency and the fault budget over the run's time. */
import type { BudgetTimeline } from "../../plan/budget.ts";
import { count, milliseconds } from "../format.ts";
import type { Bucket, TimeSeries } from "../time-series.ts";
import type { Timeline } from "../timeline.ts";
import { axisLabel, chart, FONT_SIZE, plotGrid, runMarks, timeAxis, valueAxis } from "./chart.ts";
import { figure } from "./figure.ts";
import type { Html } from "./markup.ts";

type Point = readonly [seconds: number, value: number | null];

const HEIGHT = 170;
const TOP = 22;
const BOTTOM = 28;

export function throughputFigure(series: TimeSeries, timeline: Timeline, offered: number): Html {
  const { buckets, bucketMs } = series;
  const lost = lostRates(buckets, bucketMs);
  const isComplete = buckets.every(({ unknown }) => unknown === 0);
  const peak = Math.max(0, ...buckets.map(({ rate }) => rate));
  const label = `Answered operations per second over ${Math.round(timeline.endMs / 1000)} seconds: at most ${count(peak)}.`;
  return figure({
    title: "Throughput",
    legend: [
      { swatch: "line-ok", text: "answered/s" },
      ...(offered > 0 ? [{ swatch: "line-offered", text: `offered, ${count(offered)}/s` }] : []),
      ...(isComplete ? [] : [{ swatch: "bar-lost", text: "unknown outcomes/s" }]),
    ],
    picture: chart({
      id: "throughput",
      label,
      height: HEIGHT,
      option: (width) => ({
        grid: plotGrid(TOP, BOTTOM),
        xAxis: timeAxis(timeline, width),
        yAxis: { type: "value", min: 0, splitNumber: 3, ...valueAxis() },
        series: [
          runMarks(timeline, width),
          line(
            "var(--series-1)",
            midpoints(buckets, bucketMs, ({ rate }) => rate),
            true,
          ),
          {
            ...line("var(--bad)", midpoints(buckets, bucketMs, lost), true),
            areaStyle: { color: "var(--bad)", opacity: 0.5 },
          },
          ...(offered > 0 ? [offeredLine(offered, timeline)] : []),
        ],
      }),
    }),
  });
}

export function latencyFigure(series: TimeSeries, timeline: Timeline): Html {
  const { buckets, bucketMs } = series;
  // Of what is drawn, the warm-up too: what lay outside the axis would be cut off unseen.
  const drawn = buckets.flatMap(({ p50, p99 }) => [p50, p99].filter((value) => value !== null));
  const least = drawn.length === 0 ? 1 : Math.min(...drawn);
  const most = drawn.length === 0 ? 10 : Math.max(...drawn);
  const label = `Latency over time, p50 and p99 per ${milliseconds(bucketMs)}: between ${milliseconds(least)} and ${milliseconds(most)}.`;
  return figure({
    title: "Latency",
    note: `per ${milliseconds(bucketMs)}, from the intended send time; logarithmic`,
    legend: [
      { swatch: "line-p50", text: "p50" },
      { swatch: "line-p99", text: "p99" },
    ],
    picture: chart({
      id: "latency",
      label,
      height: HEIGHT,
      option: (width) => ({
        grid: plotGrid(TOP, BOTTOM),
        xAxis: timeAxis(timeline, width),
        yAxis: {
          type: "log",
          min: decade(least, Math.floor),
          max: Math.max(decade(most, Math.ceil), 10 * decade(least, Math.floor)),
          ...valueAxis(),
          axisLabel: { ...axisLabel(), formatter: scaleLabel },
        },
        series: [
          runMarks(timeline, width),
          line(
            "var(--series-1)",
            midpoints(buckets, bucketMs, ({ p50 }) => p50),
            false,
          ),
          line(
            "var(--series-2)",
            midpoints(buckets, bucketMs, ({ p99 }) => p99),
            false,
          ),
        ],
      }),
    }),
  });
}

export function budgetFigure(budget: BudgetTimeline, timeline: Timeline): Html {
  const { steps, upperBound } = budget;
  const { byzantine, crashed } = budget.tolerates;
  const top = Math.max(crashed + 1, ...steps.map((step) => step.safety.length + step.unavailable));
  const b = Math.max(0, ...steps.map(({ safety }) => safety.length));
  const sum = Math.max(0, ...steps.map((step) => step.safety.length + step.unavailable));
  const label = `Fault budget over time: at most ${b} replicas with a safety fault and ${sum} faulty or away together; f is ${crashed}.`;
  const points = (value: (step: BudgetTimeline["steps"][number]) => number): readonly Point[] => {
    const last = steps.at(-1);
    const ahead = steps.map((step): Point => [step.fromMs / 1000, value(step)]);
    return last === undefined ? [] : [...ahead, [timeline.endMs / 1000, value(last)]];
  };
  return figure({
    title: "Fault budget",
    note: `safety is owed while B ≤ ${byzantine === crashed ? "f" : byzantine}, progress while B + C ≤ f${upperBound ? "; upper bounds" : ""}`,
    legend: [
      { swatch: "fill-b", text: "B, replicas with a safety fault" },
      { swatch: "fill-c", text: "C, honest but away" },
      { swatch: "line-f", text: `f = ${crashed}` },
    ],
    picture: chart({
      id: "budget",
      label,
      height: 60 + 26 * Math.min(top, 6),
      option: (width) => ({
        grid: plotGrid(TOP - 8, BOTTOM),
        xAxis: timeAxis(timeline, width),
        yAxis: {
          type: "value",
          min: 0,
          max: top,
          interval: Math.ceil(top / 6),
          ...valueAxis(),
        },
        series: [
          steppedArea(
            "var(--bad)",
            points(({ safety }) => safety.length),
          ),
          steppedArea(
            "var(--doubt)",
            points(({ unavailable }) => unavailable),
          ),
          levelLine(crashed, "var(--ink)"),
        ],
      }),
    }),
  });
}

/** Drawn only around the moments where something was lost: a red line at zero would cry wolf. */
function lostRates(buckets: readonly Bucket[], bucketMs: number) {
  const rates = buckets.map(({ unknown }) => (unknown * 1000) / bucketMs);
  return (_: Bucket, index: number): number | null => {
    const near = rates.slice(Math.max(0, index - 1), index + 2);
    return near.some((rate) => rate > 0) ? (rates[index] ?? null) : null;
  };
}

function offeredLine(offered: number, { load }: Timeline) {
  return {
    type: "line",
    silent: true,
    showSymbol: false,
    lineStyle: { color: "var(--muted)", type: [6, 4], width: 1.2 },
    data: load.flatMap(({ fromMs, toMs }) => [
      [fromMs / 1000, offered],
      [toMs / 1000, offered],
      [toMs / 1000, null],
    ]),
  };
}

function line(color: string, data: readonly Point[], filled: boolean) {
  return {
    type: "line",
    silent: true,
    symbol: "none",
    itemStyle: { color },
    lineStyle: { color, width: 1.8 },
    ...(filled ? { areaStyle: { color, opacity: 0.14 } } : {}),
    data: data.map((value, at) => (standsAlone(data, at) ? { value, ...DOT } : value)),
  };
}

const DOT = { symbol: "circle", symbolSize: 4 } as const;

/** No line leads to it or away from it: without a dot nobody would see it. */
function standsAlone(data: readonly Point[], at: number): boolean {
  const isThere = (index: number) => (data[index]?.[1] ?? null) !== null;
  return isThere(at) && !isThere(at - 1) && !isThere(at + 1);
}

function steppedArea(color: string, data: readonly Point[]) {
  return {
    type: "line",
    silent: true,
    step: "end",
    stack: "budget",
    showSymbol: false,
    lineStyle: { width: 0 },
    areaStyle: { color, opacity: 0.75 },
    data,
  };
}

function levelLine(level: number, color: string) {
  return {
    type: "line",
    data: [],
    silent: true,
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false, fontSize: FONT_SIZE },
      lineStyle: { color, type: [6, 4], width: 1.2 },
      data: [{ yAxis: level }],
    },
  };
}

function midpoints(
  buckets: readonly Bucket[],
  bucketMs: number,
  value: (bucket: Bucket, index: number) => number | null,
): readonly Point[] {
  return buckets.map((bucket, index) => {
    const seen = value(bucket, index);
    return [
      (bucket.fromMs + bucketMs / 2) / 1000,
      seen === null ? null : Number(seen.toPrecision(4)),
    ];
  });
}

function decade(value: number, to: (exponent: number) => number): number {
  return 10 ** to(Math.log10(Math.max(value, 0.001)));
}

/** Whole powers of ten on the latency axis. */
export function scaleLabel(ms: number): string {
  return ms >= 1000 ? `${Number((ms / 1000).toPrecision(2))} s` : `${Number(ms.toPrecision(2))} ms`;
}
