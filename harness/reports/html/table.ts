import { type Child, type Html, html } from "./markup.ts";

export interface Column {
  readonly name: string;
  readonly numeric?: true;
}

export interface TableParts {
  /** Read out before the table; hidden from the eye where a heading says the same. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Child[])[];
  readonly className?: string;
}

/**
 * On a phone the style sheet turns every row into a card of name and value; the roles keep it a
 * table for a screen reader, which a changed `display` would otherwise take away.
 */
export function table({ caption, columns, rows, className = "" }: TableParts): Html {
  return html`<table class="${className}" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ name, numeric }) => html`<th scope="col" role="columnheader" class="${numeric ? "number" : ""}">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((cells) => row(cells, columns))}</tbody></table>`;
}

function row(cells: readonly Child[], columns: readonly Column[]): Html {
  return html`<tr role="row">${cells.map((cell, index) => {
    const { name = "", numeric } = columns[index] ?? {};
    const className = numeric ? "number" : "";
    return index === 0
      ? html`<th scope="row" role="rowheader" data-label="${name}" class="${className}">${cell}</th>`
      : html`<td role="cell" data-label="${name}" class="${className}">${cell}</td>`;
  })}</tr>
`;
}

/** Names and values that need no columns. */
export function facts(pairs: readonly (readonly [name: string, value: Child])[]): Html {
  return html`<dl>${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function section(id: string, title: string, ...body: readonly Child[]): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${body}</section>
`;
}
