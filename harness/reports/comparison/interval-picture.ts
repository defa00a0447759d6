/** A row's interval as a bar around the line of no difference. */
import { type Child, html } from "../html/markup.ts";
import type { Tone } from "../verdicts.ts";
import type { FigureRow } from "./comparison.ts";

const WIDTH = 160;
const HEIGHT = 16;
const EDGE = 3;

/** Each row has its own scale, with 0 inside: rows of different units have nothing in common. */
export function intervalPicture(
  { interval, difference }: FigureRow,
  tone: Tone | undefined,
): Child {
  if (interval === null || difference === null) return "–";
  const reach = Math.max(Math.abs(interval.low), Math.abs(interval.high), Number.MIN_VALUE);
  const at = (value: number): string =>
    (WIDTH / 2 + (value / reach) * (WIDTH / 2 - EDGE)).toFixed(1);
  const middle = HEIGHT / 2;
  return html`<svg class="interval ${tone ?? ""}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><path class="tick" d="M${WIDTH / 2} 0V${HEIGHT}"/><path class="interval-bar" d="M${at(interval.low)} ${middle}H${at(interval.high)}"/><circle class="interval-mean" cx="${at(difference)}" cy="${middle}" r="${EDGE}"/></svg>`;
}
