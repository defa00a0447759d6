/** Numeric charts: echarts without a DOM, drawn to SVG when the report is written. */
import { LineChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { mergedSpans, type Timeline } from "../timeline.ts";
import { NARROW, type Picture, PLOT_LEFT, PLOT_RIGHT, tickSeconds } from "./figure.ts";
import { Html } from "./markup.ts";

use([LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

export type ChartOption = EChartsCoreOption;

export const FONT_SIZE = 13;

export interface ChartParts {
  /** Unique on the page: element ids begin with it. */
  readonly id: string;
  readonly label: string;
  readonly height: number;
  readonly option: (width: number) => ChartOption;
}

export function chart({ id, label, height, option }: ChartParts): Picture {
  return {
    label,
    draw: (width) => {
      const marks = drawn(option(width), width, height).replace(/zr\d+-/g, `${id}-${width}-`);
      return { height, marks: new Html(marks) };
    },
  };
}

function drawn(option: ChartOption, width: number, height: number): string {
  const instance = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    instance.setOption({ animation: false, textStyle: { fontFamily: "inherit" }, ...option });
    return innerMarks(instance.renderToSVGString());
  } finally {
    instance.dispose();
  }
}

/**
 * The page has its own `<svg>` element, colours and no pointer effects: of what echarts writes only
 * the marks are kept.
 */
function innerMarks(svg: string): string {
  return svg
    .replace(/^[^]*?<svg[^>]*>\s*(<rect[^>]*><\/rect>)?/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<style[^>]*>[^]*?<\/style>/g, "")
    .replace(/ (?:class="zr\S*"|ecmeta_\w+="[^"]*"|pointer-events="\w+"|xml:space="preserve")/g, "")
    .replace(/ style="font-size:(\d+)px;font-family:inherit;"/g, ' font-size="$1"')
    .replace(/\n/g, "");
}

/** Every plot ends at the same two edges; what would stick out is clipped, never squeezed in. */
export function plotGrid(top: number, bottom: number) {
  return { left: PLOT_LEFT, right: PLOT_RIGHT, top, bottom, outerBoundsMode: "none" };
}

export function timeAxis({ endMs }: Timeline, width: number) {
  const step = tickSeconds(endMs, width);
  return {
    type: "value",
    min: 0,
    max: endMs / 1000,
    interval: step,
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: "var(--rule)" } },
    axisTick: { show: true, lineStyle: { color: "var(--rule)" } },
    axisLabel: {
      ...axisLabel(),
      showMaxLabel: (endMs / 1000) % step === 0,
      hideOverlap: true,
      formatter: (seconds: number) => `${Number(seconds.toFixed(1))} s`,
    },
  };
}

export function axisLabel() {
  return { color: "var(--muted)", fontSize: FONT_SIZE };
}

export function valueAxis() {
  return {
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: "var(--rule)", width: 0.7 } },
    axisLabel: axisLabel(),
  };
}

/**
 * Fault windows, view changes and the first violation, hung on an empty series so that every chart
 * shows the same ones.
 */
export function runMarks({ faults, viewChanges, violation, endMs }: Timeline, width: number) {
  const labelled = spacedLabels(viewChanges, { width, endMs, taken: violation });
  return {
    type: "line",
    data: [],
    silent: true,
    markArea: {
      silent: true,
      itemStyle: { color: "var(--shade)" },
      data: mergedSpans(faults).map(({ fromMs, toMs }) => [
        { xAxis: fromMs / 1000 },
        { xAxis: toMs / 1000 },
      ]),
    },
    markLine: {
      silent: true,
      symbol: "none",
      lineStyle: { color: "var(--view)", type: [4, 3], width: 1.3 },
      data: [
        ...viewChanges.map((change) => ({
          xAxis: change.atMs / 1000,
          label: markLabel(`v${change.view}`, "var(--view)", labelled.has(change)),
        })),
        ...(violation === null
          ? []
          : [
              {
                xAxis: violation.atMs / 1000,
                lineStyle: { color: "var(--bad)", type: "solid", width: 2 },
                label: markLabel(`✗ ${violation.check}`, "var(--bad)", true),
              },
            ]),
      ],
    },
  };
}

function markLabel(text: string, color: string, show: boolean) {
  return { show, formatter: text, color, fontSize: FONT_SIZE, distance: 3 };
}

interface LabelRoom {
  readonly width: number;
  readonly endMs: number;
  /** Where a longer label stands that must be seen. */
  readonly taken: { readonly atMs: number } | null;
}

/** A storm of view changes keeps its lines, but only as many labels as have room. */
function spacedLabels<Change extends { readonly atMs: number }>(
  changes: readonly Change[],
  { width, endMs, taken }: LabelRoom,
): ReadonlySet<Change> {
  const labelled = new Set<Change>();
  const gapMs = (endMs * (width <= NARROW ? 34 : 28)) / (width - PLOT_LEFT - PLOT_RIGHT);
  let last = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    if (change.atMs - last < gapMs) continue;
    if (taken !== null && Math.abs(change.atMs - taken.atMs) < 1.5 * gapMs) continue;
    labelled.add(change);
    last = change.atMs;
  }
  return labelled;
}
