/** What each replica takes of its machine over the run's time. */
import type { CheckResult } from "../../checkers/checker.ts";
import type { StatusSample } from "../../observations/observations.ts";
import { count } from "../format.ts";
import type { JudgedRun } from "../report.ts";
import type { Timeline } from "../timeline.ts";
import { chart, plotGrid, runMarks, timeAxis, valueAxis } from "./chart.ts";
import { figure, type Legend } from "./figure.ts";
import { type Html, html } from "./markup.ts";

const HEIGHT = 120;
const TOP = 22;
const BOTTOM = 28;
const MIB = 1_024 * 1_024;
const KIB = 1_024;

/** Nothing where the driver's replicas are no processes of their own. */
export function memoryFigure(run: JudgedRun, timeline: Timeline): Html {
  return resourceFigure(run, timeline, {
    id: "memory",
    check: "memory",
    title: "Memory",
    unit: { name: "MiB", bytes: MIB },
    bytes: ({ process }) => process?.rssBytes,
  });
}

/** Nothing where no replica writes a log. */
export function logFigure(run: JudgedRun, timeline: Timeline): Html {
  return resourceFigure(run, timeline, {
    id: "log",
    check: "log-bytes",
    title: "Log",
    unit: { name: "KiB", bytes: KIB },
    bytes: ({ logBytes }) => logBytes,
  });
}

interface Resource {
  readonly id: string;
  /** Which one judges it. */
  readonly check: string;
  readonly title: string;
  readonly unit: { readonly name: string; readonly bytes: number };
  readonly bytes: (sample: StatusSample) => number | undefined;
}

type Point = readonly [seconds: number, value: number | null];

function resourceFigure(
  { observations: { samples }, judgement }: JudgedRun,
  timeline: Timeline,
  { id, check, title, unit, bytes }: Resource,
): Html {
  const lines = new Map<number, Point[]>();
  let peak = 0;
  for (const sample of samples) {
    const { replica, time } = sample;
    if (time < 0) continue;
    const found = bytes(sample);
    // Who does not answer leaves a gap.
    const value = found === undefined ? null : found / unit.bytes;
    peak = Math.max(peak, value ?? 0);
    const line = lines.get(replica) ?? [];
    lines.set(replica, line);
    line.push([time / 1e9, value === null ? null : Number(value.toPrecision(4))]);
  }
  if (peak === 0) return html``;
  const bound = ceilingOf(judgement.checks, check).map(
    ([time, ceiling]): Point => [time / 1e9, Number((ceiling / unit.bytes).toPrecision(4))],
  );
  const [from, to] = extremes(bound);
  const range = from === to ? count(from) : `${count(from)} to ${count(to)}`;
  return figure({
    title,
    note: unit.name,
    legend: [
      ...[...lines.keys()].toSorted((a, b) => a - b).map(legendOf),
      ...(bound.length === 0
        ? []
        : [{ swatch: "line-bound", text: `bound, ${range} ${unit.name}` }]),
    ],
    picture: chart({
      id,
      label: `${title} of ${lines.size} replicas over time: at most ${Math.round(peak)} ${unit.name}.`,
      height: HEIGHT,
      option: (width) => ({
        grid: plotGrid(TOP, BOTTOM),
        xAxis: timeAxis(timeline, width),
        yAxis: { type: "value", min: 0, max: topOf(peak, bound), splitNumber: 3, ...valueAxis() },
        series: [
          runMarks(timeline, width),
          ...[...lines].map(([replica, data]) => lineOf(replica, data)),
          boundLine(bound, timeline),
        ],
      }),
    }),
  });
}

/** Empty where nothing was judged. */
function ceilingOf(checks: readonly CheckResult[], id: string) {
  const found = checks.find((check) => check.id === id);
  return found !== undefined && "ceiling" in found ? (found.ceiling ?? []) : [];
}

/** One after the other: a night has more of them than a call takes arguments. */
function extremes(points: readonly Point[]): readonly [least: number, most: number] {
  if (points.length === 0) return [0, 0];
  return points.reduce<readonly [number, number]>(
    ([least, most], [, value]) => [Math.min(least, value ?? 0), Math.max(most, value ?? 0)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

const TOPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10] as const;

/**
 * The chart's own choice where there is no bound. Where there is one, its lowest place is seen; a
 * view change allows many times what is there, and what is there shall be seen, too.
 */
function topOf(peak: number, bound: readonly Point[]): number | undefined {
  if (bound.length === 0) return undefined;
  const [least] = extremes(bound);
  const seen = Math.max(1.05 * least, 2 * peak);
  const decade = 10 ** Math.floor(Math.log10(seen));
  return decade * (TOPS.find((top) => top * decade >= seen) ?? 10);
}

function boundLine(points: readonly Point[], { endMs }: Timeline) {
  const last = points.at(-1);
  return {
    type: "line",
    silent: true,
    step: "end",
    showSymbol: false,
    lineStyle: { color: "var(--bad)", width: 1.2, type: [6, 4] },
    data: last === undefined ? [] : [...points, [endMs / 1_000, last[1]]],
  };
}

/** Apart even on a grey print. */
const DASHES = ["solid", [6, 3], [2, 2], [8, 3, 2, 3]] as const;

const SWATCHES = ["line-solid", "line-dashed", "line-dotted", "line-dash-dot"] as const;

function seriesOf(replica: number): number {
  return 1 + (Math.floor(replica / DASHES.length) % 2);
}

function legendOf(replica: number): Legend {
  const dash = SWATCHES[replica % DASHES.length] ?? SWATCHES[0];
  return { swatch: `${dash} of-series-${seriesOf(replica)}`, text: `r${replica}` };
}

function lineOf(replica: number, data: readonly Point[]) {
  const color = `var(--series-${seriesOf(replica)})`;
  return {
    type: "line",
    silent: true,
    symbol: "none",
    itemStyle: { color },
    lineStyle: { color, width: 1.4, type: DASHES[replica % DASHES.length] },
    data,
  };
}
