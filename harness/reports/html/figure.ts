import { type Child, type Html, html } from "./markup.ts";

/**
 * A picture in two widths, so that its letters keep their size on a phone; style sheet picks one.
 */
export interface Picture {
  /** What a reader who cannot see it is told. */
  readonly label: string;
  /** Height in pixels at the given width, and its marks. */
  readonly draw: (width: number) => { readonly height: number; readonly marks: Html };
}

export const WIDE = 920;
export const NARROW = 420;
/** The plot of every chart begins and ends here, so that all share one time axis. */
export const PLOT_LEFT = 58;
export const PLOT_RIGHT = 14;

export interface Legend {
  readonly swatch: string;
  readonly text: string;
}

export interface FigureParts {
  readonly title: string;
  readonly note?: Child;
  readonly legend?: readonly Legend[];
  readonly picture: Picture;
}

export function figure({ title, note, legend = [], picture }: FigureParts): Html {
  return html`<figure>
<figcaption><h3>${title}</h3>${legend.length === 0 ? null : html`<ul class="legend">${legend.map(legendItem)}</ul>`}${note === undefined ? null : html`<p>${note}</p>`}</figcaption>
${[WIDE, NARROW].map((width) => svg(picture, width))}
</figure>`;
}

function legendItem({ swatch, text }: Legend): Html {
  return html`<li><i class="swatch ${swatch}"></i>${text}</li>`;
}

function svg({ label, draw }: Picture, width: number): Html {
  const { height, marks } = draw(width);
  const size = width === WIDE ? "wide" : "narrow";
  return html`<svg class="${size}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${marks}</svg>
`;
}

/** Through the whole height of a figure, at the moment of the first violation. */
export function violationLine(x: number, height: number): Html {
  return html`<path class="violation-line" d="M${x} 0V${height}"/>`;
}

export function plotX(atMs: number, endMs: number, width: number): number {
  const share = Math.min(1, Math.max(0, atMs / endMs));
  return round(PLOT_LEFT + share * (width - PLOT_LEFT - PLOT_RIGHT));
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const TICK_STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Seconds between two labels of the time axis. */
export function tickSeconds(endMs: number, width: number): number {
  const ticksMax = width / 60;
  return TICK_STEPS_S.find((step) => endMs / 1000 / step <= ticksMax) ?? 7200;
}
