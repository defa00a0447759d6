import type { Evidence } from "../../checkers/checker.ts";
import { count, seconds } from "../format.ts";
import type { LaneSegment, LaneState, ReplicaLane } from "../replica-lanes.ts";
import { mergedSpans, type Timeline } from "../timeline.ts";
import {
  figure,
  PLOT_LEFT,
  PLOT_RIGHT,
  plotX,
  round,
  tickSeconds,
  violationLine,
} from "./figure.ts";
import { type Html, html } from "./markup.ts";

const LANE_HEIGHT = 52;
const BAR_HEIGHT = 18;
const SPARK_HEIGHT = 22;
const SPARK_STEP = 2.5;
const AXIS_HEIGHT = 24;

const stateWords: Readonly<Record<LaneState, string>> = {
  up: "up",
  changing: "changing view",
  lying: "Byzantine",
  throttled: "throttled",
  down: "down",
  paused: "paused",
  silent: "no answer",
};

/**
 * A lane a replica: its state and view on top, what it has executed below, on the common time axis.
 */
export function laneFigure(
  lanes: readonly ReplicaLane[],
  timeline: Timeline,
  evidence: readonly Evidence[],
): Html {
  const seen = new Set(lanes.flatMap(({ segments }) => segments.map(({ state }) => state)));
  const shown = (Object.keys(stateWords) as LaneState[]).filter((state) => seen.has(state));
  const shownEvidence = evidence.some(
    ({ replica, time }) => replica !== undefined && time !== undefined,
  );
  return figure({
    title: "Replicas",
    note: "v = view; the curve below each bar is the last executed number",
    legend: [
      ...shown.map((state) => ({ swatch: `fill-${state}`, text: stateWords[state] })),
      ...(shownEvidence ? [{ swatch: "mark-evidence", text: "evidence of a violation" }] : []),
    ],
    picture: {
      label: lanes.map(laneInWords).join(" "),
      draw: (width) => ({
        height: lanes.length * LANE_HEIGHT + AXIS_HEIGHT,
        marks: html`${backdrop(timeline, lanes.length, width)}${lanes.map((lane, row) => laneMarks(lane, lanes, { row, width, endMs: timeline.endMs }))}${evidence.map((one) => evidenceMark(one, lanes, { width, endMs: timeline.endMs }))}`,
      }),
    },
  });
}

function laneInWords({ replica, segments, executed }: ReplicaLane): string {
  const trouble = segments
    .filter(({ state }) => state !== "up")
    .map(
      ({ state, fromMs, toMs }) => `${stateWords[state]} ${seconds(fromMs)} to ${seconds(toMs)}`,
    );
  const head = executed.at(-1);
  const said = trouble.length === 0 ? "up all the time" : trouble.slice(0, 8).join(", ");
  return `r${replica}: ${said}; last executed ${head === undefined ? "unknown" : count(head.lastExec)}.`;
}

function backdrop(
  { endMs, faults, viewChanges, violation }: Timeline,
  lanes: number,
  width: number,
): Html {
  const height = lanes * LANE_HEIGHT;
  const step = tickSeconds(endMs, width);
  const ticks = Array.from(
    { length: Math.floor(endMs / 1000 / step) + 1 },
    (_, index) => index * step,
  );
  const shades = mergedSpans(faults).map(({ fromMs, toMs }) => {
    const x = plotX(fromMs, endMs, width);
    return html`<rect class="shade" x="${x}" y="0" width="${round(plotX(toMs, endMs, width) - x)}" height="${height}"/>`;
  });
  const views = viewChanges.map(({ atMs }) => {
    const x = plotX(atMs, endMs, width);
    return html`<path class="view-line" d="M${x} 0V${height}"/>`;
  });
  const labels = ticks.map((tick) => {
    const x = plotX(tick * 1000, endMs, width);
    return html`<path class="tick" d="M${x} ${height}v5"/><text class="axis" x="${x}" y="${height + 18}" text-anchor="middle">${tick} s</text>`;
  });
  const broken =
    violation === null ? null : violationLine(plotX(violation.atMs, endMs, width), height);
  return html`${shades}${views}${broken}<path class="tick" d="M${PLOT_LEFT} ${height}H${width - PLOT_RIGHT}"/>${labels}`;
}

interface LanePlace {
  readonly row: number;
  readonly width: number;
  readonly endMs: number;
}

function laneMarks(lane: ReplicaLane, lanes: readonly ReplicaLane[], place: LanePlace): Html {
  const y = place.row * LANE_HEIGHT;
  return html`<text class="lane-name" x="${PLOT_LEFT - 10}" y="${y + 17}" text-anchor="end">r${lane.replica}</text>${lane.segments.map((segment) => segmentMark(segment, lane.replica, place))}${spark(lane, lanes, place)}`;
}

function segmentMark(
  segment: LaneSegment,
  replica: number,
  { row, width, endMs }: LanePlace,
): Html {
  const { state, view, fromMs, toMs } = segment;
  const x = plotX(fromMs, endMs, width);
  const room = plotX(toMs, endMs, width) - x;
  const y = row * LANE_HEIGHT + 4;
  const viewName = view === null ? "" : `v${view}`;
  const name = [state === "up" ? viewName : stateWords[state], viewName].find(
    (text) => text.length * 7.2 + 8 <= room,
  );
  const inView = view === null ? "" : `, view ${view}`;
  return html`<g><title>r${replica} ${stateWords[state]}${inView}: ${seconds(fromMs)} to ${seconds(toMs)}</title><rect class="state-${state}" x="${x}" y="${y}" width="${round(Math.max(1, room))}" height="${BAR_HEIGHT}"/>${name === undefined ? null : html`<text class="state-name on-${state}" x="${x + 4}" y="${y + 13.5}">${name}</text>`}</g>`;
}

/** All lanes share one scale, so that a replica that stays behind is seen to stay behind. */
function spark(
  lane: ReplicaLane,
  lanes: readonly ReplicaLane[],
  { row, width, endMs }: LanePlace,
): Html {
  const top = Math.max(
    1,
    ...lanes.flatMap(({ executed }) => executed.map(({ lastExec }) => lastExec)),
  );
  const base = row * LANE_HEIGHT + 4 + BAR_HEIGHT + 3 + SPARK_HEIGHT;
  const points: string[] = [];
  let lastX = Number.NEGATIVE_INFINITY;
  for (const { atMs, lastExec } of lane.executed) {
    const x = plotX(atMs, endMs, width);
    if (x - lastX < SPARK_STEP) continue;
    lastX = x;
    points.push(`${x} ${round(base - (lastExec / top) * SPARK_HEIGHT)}`);
  }
  if (points.length === 0) return html``;
  return html`<path class="spark" d="M${points.join("L")}"/>`;
}

function evidenceMark(
  { replica, time, what }: Evidence,
  lanes: readonly ReplicaLane[],
  { width, endMs }: { readonly width: number; readonly endMs: number },
): Html | null {
  const row = lanes.findIndex((lane) => lane.replica === replica);
  if (row === -1 || time === undefined) return null;
  const x = plotX(time / 1e6, endMs, width);
  const y = row * LANE_HEIGHT + 4 + BAR_HEIGHT / 2;
  return html`<g class="evidence-mark"><title>${what} (${seconds(time / 1e6)})</title><circle cx="${x}" cy="${y}" r="8.5"/><path d="M${x - 3.5} ${y - 3.5}l7 7m0 -7l-7 7"/></g>`;
}
