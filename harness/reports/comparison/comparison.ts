/** Two sides of one comparison, pair by pair: the contents of `compare.json`. */
import type { RunOutcome } from "../../checkers/verdict/exit-code.ts";
import type { Verdict } from "../../scenario/verdict.ts";
import { FIGURE_NAMES, type FigureName, type Figures, figureNamed } from "./figures.ts";
import { type Interval, meanInterval, meanOf } from "./interval.ts";

/** Of `compare.json`; fields may be added, none is renamed. */
export const COMPARISON_FORMAT = 1;

export interface Comparison {
  readonly format: typeof COMPARISON_FORMAT;
  readonly id: string;
  readonly startedAt: string;
  readonly driver: string;
  readonly sides: Sides<Side>;
  readonly repeat: number;
  readonly scenarios: readonly ComparedScenario[];
  /** Why it ended before its last run; null if it did not. */
  readonly stopped: string | null;
  readonly exitCode: number;
  readonly host: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly rerun: string;
}

export interface Sides<Of> {
  readonly first: Of;
  readonly second: Of;
}

export const SIDES = ["first", "second"] as const satisfies readonly (keyof Sides<unknown>)[];

export interface Side {
  /** What was varied, as short as it can be told: `pbft-sig`. */
  readonly name: string;
  /** `path=value` each, which make the scenarios this side's. */
  readonly sets: readonly string[];
}

export interface ComparedScenario {
  readonly scenario: string;
  readonly file: string;
  /** What the two sides do not have in common beside what was varied. */
  readonly notes: readonly string[];
  readonly pairs: readonly Pair[];
  readonly figures: readonly FigureRow[];
}

/** One plan on both sides, one run directly after the other. */
export interface Pair extends Sides<ComparedRun | null> {
  readonly repetition: number;
  readonly seed: number;
}

export interface ComparedRun extends Pick<RunOutcome, "harness"> {
  /** Null if nothing was judged. */
  readonly verdict: Verdict | null;
  readonly expected: Verdict;
  readonly asExpected: boolean;
  /** Why it came out as it did. */
  readonly text: string;
  readonly mutant: string | null;
  readonly figures: Figures | null;
  /** Its run store, from the folder of the comparison; null where none could be made. */
  readonly directory: string | null;
}

/** All of it is of those pairs in which both sides have the figure. */
export interface FigureRow {
  readonly figure: FigureName;
  readonly pairs: number;
  /** Means; null without a pair. */
  readonly first: number | null;
  readonly second: number | null;
  /** Second less first, the mean of the pairs' differences. */
  readonly difference: number | null;
  /** 95 % of the mean difference; null of fewer than two pairs. */
  readonly interval: Interval | null;
  /** Nobody is better or worse by it: it follows the load, and the sides are offered another. */
  readonly unalike?: true;
}

interface Compared {
  /** Of the bootstrap: the same pairs give the same intervals. */
  readonly seed: number;
  /** Whether both sides are offered as much. */
  readonly isLoadAlike: boolean;
}

export function figureRows(
  pairs: readonly Pair[],
  { seed, isLoadAlike }: Compared,
): readonly FigureRow[] {
  return FIGURE_NAMES.map((figure) => {
    const both = pairs.flatMap(({ first, second }) => {
      const [one, other] = [first?.figures?.[figure] ?? null, second?.figures?.[figure] ?? null];
      return one === null || other === null ? [] : [{ one, other }];
    });
    const differences = both.map(({ one, other }) => other - one);
    const mean = (values: readonly number[]) => (values.length === 0 ? null : meanOf(values));
    return {
      figure,
      pairs: both.length,
      first: mean(both.map(({ one }) => one)),
      second: mean(both.map(({ other }) => other)),
      difference: mean(differences),
      interval: meanInterval(differences, seed),
      ...(!isLoadAlike && figureNamed(figure).ofLoad === true ? { unalike: true as const } : {}),
    };
  });
}

export type Finding =
  | "better"
  | "worse"
  | "no difference shown"
  | "not enough pairs"
  | "not alike in load";

/** What the pairs say of the second side. */
export function findingOf({ figure, interval, unalike }: FigureRow): Finding {
  if (unalike === true) return "not alike in load";
  if (interval === null) return "not enough pairs";
  if (interval.low <= 0 && interval.high >= 0) return "no difference shown";
  const isMore = interval.low > 0;
  return isMore === (figureNamed(figure).better === "more") ? "better" : "worse";
}

export function runsOf(
  { pairs }: Pick<ComparedScenario, "pairs">,
  side: keyof Sides<unknown>,
): readonly ComparedRun[] {
  return pairs.flatMap((pair) => pair[side] ?? []);
}

export function outcomeOf({ verdict, asExpected, harness }: ComparedRun): RunOutcome {
  return { judgement: verdict === null ? null : { verdict, asExpected }, harness };
}
