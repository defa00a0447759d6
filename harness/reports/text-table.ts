/** A table in plain letters, its columns as wide as they have to be. */
import type { Tone } from "./verdicts.ts";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
  readonly right?: true;
}

/** A cell of figures. */
export function right(text: string): Cell {
  return { text, right: true };
}

/** The first row holds the headings. */
export function tableLines(
  table: readonly (readonly Cell[])[],
  colour: boolean,
): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((cells) => cells[column]?.text.length ?? 0)),
  );
  return table.map((cells, index) => {
    const line = cells.map((cell, column) =>
      paint(pad(cell, widths[column] ?? 0), cell.tone, colour),
    );
    return index === 0 && colour
      ? `\u001b[1m${line.join("  ")}\u001b[0m`
      : line.join("  ").trimEnd();
  });
}

function pad({ text, right }: Cell, width: number): string {
  return right === true ? text.padStart(width) : text.padEnd(width);
}

const COLOURS: Readonly<Record<Tone, number>> = { good: 32, bad: 31, doubt: 33, neutral: 36 };

export function paint(text: string, tone: Tone | undefined, colour: boolean): string {
  return colour && tone !== undefined ? `\u001b[${COLOURS[tone]}m${text}\u001b[0m` : text;
}
