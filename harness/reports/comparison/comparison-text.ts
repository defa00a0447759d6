import { printable } from "../../scenario/printable.ts";
import { type Cell, paint, tableLines } from "../text-table.ts";
import { type ComparedScenario, type Comparison, runsOf, SIDES } from "./comparison.ts";
import { comparisonVerdict, figureWords, MISSING, verdictsText } from "./comparison-words.ts";

/** What stands on the terminal when all pairs are played. */
export function comparisonText(comparison: Comparison, pagePath: string, colour: boolean): string {
  const { symbol, name, text, tone } = comparisonVerdict(comparison);
  const { sides, driver } = comparison;
  const lines = [
    ...comparison.scenarios.flatMap((scenario) => ["", ...scenarioLines(scenario, sides, colour)]),
    "",
    `differences are ${sides.second.name} less ${sides.first.name}, the mean of the pairs; driver ${driver}`,
    paint(`${symbol} ${name}`, tone, colour),
    printable(text),
    printable(pagePath),
  ];
  return `${lines.map((line) => (colour ? line : printable(line))).join("\n")}\n`;
}

function scenarioLines(
  scenario: ComparedScenario,
  sides: Comparison["sides"],
  colour: boolean,
): readonly string[] {
  const { first, second } = sides;
  const headings: readonly Cell[] = [
    { text: `${scenario.scenario}, pairs: ${scenario.pairs.length}` },
    { text: first.name, right: true },
    { text: second.name, right: true },
    { text: "difference", right: true },
    { text: "95 % interval", right: true },
    { text: `${second.name} is` },
  ];
  const rows = scenario.figures.map((row): readonly Cell[] => {
    const { title, tone, finding, ...words } = figureWords(row);
    const { difference, bounds } = words;
    const interval = bounds?.join(" to ") ?? MISSING;
    return [
      { text: title },
      ...[words.first, words.second, difference, interval].map((text) => ({
        text,
        right: true as const,
      })),
      { text: finding, ...(tone === undefined ? {} : { tone }) },
    ];
  });
  return [
    ...tableLines([headings, ...rows], colour),
    ...SIDES.map((side) => `${sides[side].name}: ${verdictsText(runsOf(scenario, side))}`),
    ...scenario.notes.map((note) => `not the same: ${printable(note)}`),
  ];
}
