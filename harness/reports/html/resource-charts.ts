/** What each replica takes of its machine over the run's time. */
import type { StatusSample } from "../../observations/observations.ts";
import type { Timeline } from "../timeline.ts";
import { chart, plotGrid, runMarks, timeAxis, valueAxis } from "./chart.ts";
import { figure } from "./figure.ts";
import { type Html, html } from "./markup.ts";

const HEIGHT = 120;
const TOP = 22;
const BOTTOM = 28;
const MIB = 1_024 * 1_024;
const KIB = 1_024;

/** Nothing where the driver's replicas are no processes of their own. */
export function memoryFigure(samples: readonly StatusSample[], timeline: Timeline): Html {
  return resourceFigure(samples, timeline, {
    id: "memory",
    title: "Memory",
    unit: { name: "MiB", bytes: MIB },
    bytes: ({ process }) => process?.rssBytes,
  });
}

/** Nothing where no replica writes a log. */
export function logFigure(samples: readonly StatusSample[], timeline: Timeline): Html {
  return resourceFigure(samples, timeline, {
    id: "log",
    title: "Log",
    unit: { name: "KiB", bytes: KIB },
    bytes: ({ logBytes }) => logBytes,
  });
}

interface Resource {
  readonly id: string;
  readonly title: string;
  readonly unit: { readonly name: string; readonly bytes: number };
  readonly bytes: (sample: StatusSample) => number | undefined;
}

type Point = readonly [seconds: number, value: number | null];

function resourceFigure(
  samples: readonly StatusSample[],
  timeline: Timeline,
  { id, title, unit, bytes }: Resource,
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
  return figure({
    title,
    note: `${unit.name}, a line for each replica`,
    picture: chart({
      id,
      label: `${title} of ${lines.size} replicas over time: at most ${Math.round(peak)} ${unit.name}.`,
      height: HEIGHT,
      option: (width) => ({
        grid: plotGrid(TOP, BOTTOM),
        xAxis: timeAxis(timeline, width),
        yAxis: { type: "value", min: 0, splitNumber: 3, ...valueAxis() },
        series: [
          runMarks(timeline, width),
          ...[...lines].map(([replica, data]) => lineOf(replica, data)),
        ],
      }),
    }),
  });
}

/** Apart even on a grey print. */
const DASHES = ["solid", [6, 3], [2, 2], [8, 3, 2, 3]] as const;

function lineOf(replica: number, data: readonly Point[]) {
  const color = `var(--series-${1 + (Math.floor(replica / DASHES.length) % 2)})`;
  return {
    type: "line",
    silent: true,
    symbol: "none",
    itemStyle: { color },
    lineStyle: { color, width: 1.4, type: DASHES[replica % DASHES.length] },
    data,
  };
}
