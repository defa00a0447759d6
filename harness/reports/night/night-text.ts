import { printable } from "../../scenario/printable.ts";
import { count } from "../format.ts";
import { type Cell, paint, tableLines } from "../text-table.ts";
import { type Night, ofFate, type Step, sumOf } from "./night.ts";
import { nightVerdict, timeText } from "./night-words.ts";

const HEADINGS: readonly Cell[] = [
  { text: "part" },
  { text: "done", right: true },
  { text: "broken", right: true },
  { text: "not judged", right: true },
  { text: "took", right: true },
];

/** What stands on the terminal when the night is over. */
export function nightText(night: Night, pagePath: string, colour: boolean): string {
  const { symbol, name, text, tone } = nightVerdict(night);
  const groups = [...Map.groupBy(night.steps, groupOf)];
  const lines = [
    "",
    ...tableLines([HEADINGS, ...groups.map(([group, steps]) => cellsOf(group, steps))], colour),
    "",
    ...ofFate("broken", night.steps).flatMap(linesOf),
    ...ofFate("open", night.steps).flatMap(linesOf),
    ...night.notRun.map(({ name: left, why }) => printable(`not run: ${left}: ${why}`)),
    `${paint(`${symbol} ${name}`, tone, colour)}: ${printable(text)}`,
    `${timeText(night.spentMs)} of ${timeText(night.budgetMs)}, seed ${night.seed}`,
    printable(pagePath),
  ];
  return `${lines.map((line) => (colour ? line : printable(line))).join("\n")}\n`;
}

function groupOf(step: Step): string {
  return step.kind === "run" ? step.suite : step.source;
}

function cellsOf(group: string, steps: readonly Step[]): readonly Cell[] {
  const seeds = steps.flatMap((step) => (step.kind === "exploration" ? [step.totals] : []));
  const done = group === "exploration" ? `${count(sumOf(seeds).seeds)} seeds` : count(steps.length);
  const tookMs = steps.reduce((sum, step) => sum + step.tookMs, 0);
  const [broken, open] = [ofFate("broken", steps).length, ofFate("open", steps).length];
  return [
    { text: group },
    { text: done, right: true },
    { text: count(broken), right: true, tone: broken > 0 ? "bad" : "good" },
    { text: count(open), right: true, tone: open > 0 ? "doubt" : "good" },
    { text: timeText(tookMs), right: true },
  ];
}

function linesOf(step: Step): readonly string[] {
  switch (step.kind) {
    case "exploration":
      return step.failures.flatMap(({ seed, broken, rerun }) => [
        `${step.protocol}, seed ${seed}: ${broken.map(({ check }) => check).join(", ")}`,
        `  again: ${printable(rerun)}`,
      ]);
    case "run":
      return [
        `${step.suite}/${step.scenario}: ${step.verdict ?? "not judged"}, expected ${step.expected}. ${printable(step.text)}`,
        `  again: ${printable(step.rerun)}`,
      ];
    case "given-up":
      return [printable(`${step.key}: ${step.why}`)];
    default:
      return step satisfies never;
  }
}
