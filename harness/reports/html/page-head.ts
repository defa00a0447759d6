/** The top of every page: what it is about, what that came to, and the figures that say most. */
import type { Tone } from "../verdicts.ts";
import { type Child, type Html, html } from "./markup.ts";

export type Tile = readonly [name: string, value: string, beside: string];

export interface PageHead {
  readonly kind: string;
  readonly title: string;
  /** What it ran on and how; the time follows. */
  readonly where: readonly string[];
  readonly startedAt: string;
  /** What it ran instead of the honest code; null if nothing else did. */
  readonly planted: string | null;
  /** What a reader must know before the verdict, and beside the figures. */
  readonly notices?: Child;
  readonly remarks?: Child;
  readonly verdict: PageVerdict;
  readonly tiles: readonly Tile[];
}

export interface PageVerdict {
  readonly symbol: string;
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
  /** More about it, in its box. */
  readonly beside?: Child;
}

export function pageHead(head: PageHead): Html {
  const { kind, title, where, startedAt, planted, verdict, tiles } = head;
  const { notices = null, remarks = null } = head;
  return html`<header>
<p class="kind">${kind}</p>
<h1>${title}</h1>
<p class="where">${where.join(" · ")} · ${moment(startedAt)}</p>
${planted === null ? null : html`<p class="planted"><strong>PLANTED BUG</strong> ${planted}</p>`}
${notices}
${verdictBox(verdict)}
${remarks}
<dl class="tiles">${tiles.map(([name, value, beside]) => html`<div><dt>${name}</dt><dd>${value} <small>${beside}</small></dd></div>`)}</dl>
</header>
`;
}

/** @param at as ISO 8601 has it, in UTC */
function moment(at: string): Html {
  const words = at.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  return html`<time datetime="${at}">${words}</time>`;
}

function verdictBox({ symbol, name, text, tone, beside = null }: PageVerdict): Html {
  return html`<div class="verdict ${tone}">
<p class="verdict-name"><span aria-hidden="true">${symbol}</span> ${name}</p>
<p class="why">${text}</p>
${beside}
</div>`;
}
