/** What a comparison came to, in the words of its page and of the terminal. */
import type { Verdict } from "../../scenario/verdict.ts";
import type { Tone } from "../verdicts.ts";
import {
  type ComparedRun,
  type Comparison,
  type FigureRow,
  type Finding,
  findingOf,
  runsOf,
  SIDES,
} from "./comparison.ts";
import { figureNamed } from "./figures.ts";

export interface ComparisonVerdict {
  readonly symbol: string;
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
}

/** How the sides did is no verdict: whether each came out as its scenario expects is. */
export function comparisonVerdict({
  scenarios,
  sides,
  stopped,
}: Pick<Comparison, "scenarios" | "sides" | "stopped">): ComparisonVerdict {
  const unfinished = stopped === null ? "" : ` It was stopped before its end: ${stopped}.`;
  const counts = SIDES.map((side) => {
    const runs = scenarios.flatMap((scenario) => runsOf(scenario, side));
    return { side, runs, odd: runs.filter(isOdd).length };
  });
  const odd = counts.filter((count) => count.odd > 0);
  if (odd.length > 0) {
    const text = odd.map(
      (count) =>
        `${sides[count.side].name}: ${count.odd} of ${count.runs.length} runs did not come out as expected.`,
    );
    const name = "Not as expected";
    return { symbol: "✗", name, text: `${text.join(" ")}${unfinished}`, tone: "bad" };
  }
  const runs = counts.reduce((sum, count) => sum + count.runs.length, 0);
  const text = `Each of ${runs} runs came out as its scenario expects.${unfinished}`;
  if (stopped !== null) return { symbol: "?", name: "Not a whole comparison", text, tone: "doubt" };
  return { symbol: "✓", name: "Both sides as expected", text, tone: "good" };
}

/** What was stopped had no chance to come out as expected. */
function isOdd({ asExpected, harness }: ComparedRun): boolean {
  return !asExpected && harness.state !== "aborted";
}

/** `3 PASS, 2 LIVENESS_MISS (not as expected)` */
export function verdictsText(runs: readonly ComparedRun[]): string {
  const groups = [...Map.groupBy(runs, (run) => verdictOf(run) + oddity(run))];
  return groups.map(([words, alike]) => `${alike.length} ${words}`).join(", ") || "none";
}

function verdictOf({ verdict }: ComparedRun): Verdict | "not judged" {
  return verdict ?? "not judged";
}

function oddity({ asExpected, expected, harness }: ComparedRun): string {
  const failed = harness.state === "ok" ? "" : `, harness ${harness.state}`;
  return asExpected ? failed : ` (expected ${expected}${failed})`;
}

export interface FigureWords {
  readonly title: string;
  readonly first: string;
  readonly second: string;
  readonly difference: string;
  /** Of the interval; null where there is none. */
  readonly bounds: readonly [low: string, high: string] | null;
  readonly finding: string;
  readonly tone: Tone | undefined;
}

export const MISSING = "–";

const TONES: Readonly<Record<Finding, Tone | undefined>> = {
  better: "good",
  worse: "bad",
  "no difference shown": undefined,
  "not enough pairs": undefined,
  "not alike in load": undefined,
};

/** A figure's row as it is read; differences bear their sign. */
export function figureWords(row: FigureRow): FigureWords {
  const { title, text, differenceText = text } = figureNamed(row.figure);
  const written = (value: number | null) => (value === null ? MISSING : text(value));
  const signed = (value: number) => {
    const words = differenceText(value);
    return value > 0 && words !== differenceText(0) ? `+${words}` : words;
  };
  const { difference, interval, pairs } = row;
  const finding = findingOf(row);
  return {
    title,
    first: written(row.first),
    second: written(row.second),
    difference: difference === null ? MISSING : `${signed(difference)}${ratioText(row)}`,
    bounds: interval === null ? null : [signed(interval.low), signed(interval.high)],
    finding: pairs === 0 ? "not measured" : finding,
    tone: TONES[finding],
  };
}

/** ` (x1.31)`: how many times the first side's; a share of something has no such ratio. */
function ratioText({ figure, first, second }: FigureRow): string {
  if (figure === "availability" || first === null || second === null || first <= 0) return "";
  return ` (x${Number((second / first).toFixed(2))})`;
}
