import { seconds } from "../format.ts";
import type { FaultSpan, PhaseSpan, Timeline } from "../timeline.ts";
import { figure, NARROW, plotX, round, violationLine } from "./figure.ts";
import { type Html, html } from "./markup.ts";

const PHASE_HEIGHT = 24;
const ROW_HEIGHT = 24;
const CHARACTER_WIDTH = 7.2;
const BARS_MAX = 40;
const SAID_MAX = 12;

interface Placed {
  readonly fault: FaultSpan;
  readonly x: number;
  readonly right: number;
  readonly row: number;
  readonly text: string;
  readonly textX: number;
  readonly anchor: "start" | "end";
}

/** The phases, and below them every fault as a bar of its own with its name on it. */
export function faultFigure(timeline: Timeline): Html {
  const { faults, phases, endMs, violation } = timeline;
  const shown = faults.slice(0, BARS_MAX);
  const said = faults
    .slice(0, SAID_MAX)
    .map(
      ({ result, fromMs, toMs }) => `${result.entry} from ${seconds(fromMs)} to ${seconds(toMs)}`,
    );
  return figure({
    title: "Phases and faults",
    legend: [
      { swatch: "fill-shade", text: "fault active (shaded below)" },
      { swatch: "line-view", text: "a new view" },
      ...(violation === null
        ? []
        : [{ swatch: "line-violation", text: `first violation, ${seconds(violation.atMs)}` }]),
    ],
    ...(faults.length > BARS_MAX ? { note: `the first ${BARS_MAX} of ${faults.length}` } : {}),
    picture: {
      label:
        said.length === 0
          ? "No fault was injected."
          : `${faults.length} faults: ${said.join("; ")}${faults.length > SAID_MAX ? " and so on" : ""}.`,
      draw: (width) => {
        const placed = place(shown, endMs, width);
        const rows = 1 + Math.max(-1, ...placed.map(({ row }) => row));
        const height = PHASE_HEIGHT + rows * ROW_HEIGHT + 2;
        return {
          height,
          marks: html`${phases.map((phase) => phaseMark(phase, endMs, width))}${placed.map(faultMark)}${violation === null ? null : violationLine(plotX(violation.atMs, endMs, width), height)}`,
        };
      },
    },
  });
}

function phaseMark({ phase, fromMs, toMs }: PhaseSpan, endMs: number, width: number): Html {
  const x = plotX(fromMs, endMs, width);
  const room = plotX(toMs, endMs, width) - x;
  const fits = phase.length * CHARACTER_WIDTH + 6 <= room;
  return html`<g><title>${phase}: ${seconds(fromMs)} to ${seconds(toMs)}</title><rect class="phase" x="${x}" y="0" width="${round(Math.max(0, room - 1))}" height="${PHASE_HEIGHT - 5}" rx="2"/>${fits ? html`<text class="phase-name" x="${x + 5}" y="14">${phase}</text>` : null}</g>`;
}

/** Each fault goes into the first row where neither its bar nor its name touches another. */
function place(faults: readonly FaultSpan[], endMs: number, width: number): readonly Placed[] {
  const rowEnds: number[] = [];
  return faults.map((fault) => {
    const { entry, fault: kind, outcome } = fault.result;
    const name = width <= NARROW || entry.includes(kind) ? entry : `${entry} · ${kind}`;
    const text = outcome === "installed" ? name : `${name} (${outcome})`;
    const x = plotX(fault.fromMs, endMs, width);
    const right = Math.max(x + 3, plotX(fault.toMs, endMs, width));
    const label = labelPlace({ x, right, textWidth: text.length * CHARACTER_WIDTH + 10, width });
    const free = rowEnds.findIndex((end) => end + 4 <= label.from);
    const row = free === -1 ? rowEnds.length : free;
    rowEnds[row] = label.to;
    return { fault, x, right, row, text, textX: label.textX, anchor: label.anchor };
  });
}

/** Inside the bar where it fits, else behind it, else before it. */
function labelPlace(bar: { x: number; right: number; textWidth: number; width: number }) {
  const { x, right, textWidth, width } = bar;
  if (textWidth <= right - x) return { textX: x + 5, anchor: "start", from: x, to: right } as const;
  if (right + textWidth <= width) {
    return { textX: right + 5, anchor: "start", from: x, to: right + textWidth } as const;
  }
  const textX = Math.max(textWidth, x - 5);
  return { textX, anchor: "end", from: textX - textWidth, to: Math.max(right, textX) } as const;
}

function faultMark({ fault, x, right, row, text, textX, anchor }: Placed): Html {
  const y = PHASE_HEIGHT + row * ROW_HEIGHT;
  const { entry, fault: kind, outcome } = fault.result;
  const proof = outcome === "installed" ? "proven" : "unproven";
  return html`<g><title>${entry} (${kind}): ${outcome}, ${seconds(fault.fromMs)} to ${seconds(fault.toMs)}</title><rect class="fault ${proof}" x="${x}" y="${y}" width="${round(right - x)}" height="${ROW_HEIGHT - 5}" rx="2"/><text class="fault-name" x="${textX}" y="${y + 14}" text-anchor="${anchor}">${text}</text></g>`;
}
