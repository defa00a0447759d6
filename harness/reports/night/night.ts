/** What a night of chaos did and what came of it: the contents of `night.json`. */
import type { RunOutcome } from "../../checkers/verdict/exit-code.ts";
import type { HarnessState } from "../../observations/observations.ts";
import type { Verdict } from "../../scenario/verdict.ts";

/** Of `night.json`; fields may be added, none is renamed. */
export const NIGHT_FORMAT = 1;

export interface Night {
  readonly format: typeof NIGHT_FORMAT;
  readonly id: string;
  readonly seed: number;
  readonly budgetMs: number;
  /** The planted bug that all of it ran with; null: the honest code. */
  readonly mutant: string | null;
  readonly mutantFolders: readonly string[];
  /** Scenario files and folders that were asked for. */
  readonly paths: readonly string[];
  readonly startedAt: string;
  /** How often it was begun: once, and once more for each time that it was taken up again. */
  readonly sessions: number;
  /** In all sessions; what a killed one had spent since its last step began is not known. */
  readonly spentMs: number;
  readonly state: "running" | "over" | "stopped";
  /** Why it was stopped, or did not go on; null if the budget was used or nothing was left. */
  readonly why: string | null;
  /** The process that is at it, as every process of a run names its owner. */
  readonly owner: string;
  readonly steps: readonly Step[];
  /** What was begun and is not among `steps`: a killed night does it again. */
  readonly current: { readonly key: string; readonly attempts: number } | null;
  readonly notRun: readonly NotRun[];
  /** Null as long as it runs. */
  readonly exitCode: number | null;
  readonly host: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly rerun: string;
}

export type Source = "exploration" | "drawn" | "suites";

export type Step = ExplorationStep | RunStep | GivenUpStep;

interface StepFields {
  readonly source: Source;
  /** Unique in the night; the same when the night is taken up again. */
  readonly key: string;
  readonly tookMs: number;
}

export interface ExplorationStep extends StepFields {
  readonly kind: "exploration";
  readonly protocol: string;
  readonly firstSeed: number;
  readonly totals: ExplorationTotals;
  readonly failures: readonly SeedFailure[];
}

export interface SeedFailure {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  readonly rerun: string;
  /** The drawn schedule as a file, from the night's folder. */
  readonly plan: string;
}

export interface BrokenPromise {
  readonly check: string;
  readonly what: string;
}

export interface RunStep extends StepFields {
  readonly kind: "run";
  /** The folder of the scenario; `drawn` for those. */
  readonly suite: string;
  readonly scenario: string;
  readonly seed: number;
  /** The scenario's own planted bug, or the night's. */
  readonly mutant: string | null;
  readonly faults: readonly string[];
  /** Null if nothing was judged. */
  readonly verdict: Verdict | null;
  readonly expected: Verdict;
  readonly asExpected: boolean;
  readonly text: string;
  readonly broken: readonly BrokenPromise[];
  readonly harness: HarnessState;
  readonly operations: number;
  readonly p99Ms: number | null;
  readonly outageMs: number | null;
  readonly rerun: string;
  /** Its run store, from the night's folder; null where nothing broke: it was deleted. */
  readonly kept: string | null;
}

/** Something that killed the night each time it was tried. */
export interface GivenUpStep extends StepFields {
  readonly kind: "given-up";
  readonly why: string;
}

export interface NotRun {
  readonly source: Source;
  readonly name: string;
  readonly why: string;
}

const TOTALS = [
  "seeds",
  "operations",
  "unknown",
  "viewChanges",
  "seedsWithViewChange",
  "stateTransfers",
  "crashes",
  "powerCuts",
  "totalOutages",
  "steps",
  "virtualMs",
] as const;

/** What really happened, so that a green exploration is not an empty one. */
export type ExplorationTotals = Readonly<Record<(typeof TOTALS)[number], number>>;

export function sumOf(all: readonly ExplorationTotals[]): ExplorationTotals {
  const sums = TOTALS.map((name) => [name, all.reduce((sum, totals) => sum + totals[name], 0)]);
  return Object.fromEntries(sums) as ExplorationTotals;
}

/** `open`: nobody can tell, which is no bug that was found; `idle`: nothing of it took place. */
export type Fate = "as-expected" | "broken" | "open" | "idle";

export function fateOf(step: Step): Fate {
  switch (step.kind) {
    case "exploration":
      if (step.failures.length > 0) return "broken";
      return step.totals.seeds === 0 ? "idle" : "as-expected";
    case "run":
      if (step.harness.state === "failed") return "broken";
      if (step.asExpected) return "as-expected";
      return step.verdict === "INCONCLUSIVE" ? "open" : "broken";
    case "given-up":
      return "broken";
    default:
      return step satisfies never;
  }
}

/** Those of one fate, in their order. */
export function ofFate(fate: Fate, steps: readonly Step[]): readonly Step[] {
  return steps.filter((step) => fateOf(step) === fate);
}

/** What the exit code is made of, by the rule that `run` has too. */
export function outcomesOf({
  steps,
  state,
}: Pick<Night, "steps" | "state">): readonly RunOutcome[] {
  const stopped = { judgement: null, harness: { state: "aborted", why: "stopped" } } as const;
  return [...steps.map(outcomeOf), ...(state === "stopped" ? [stopped] : [])];
}

function outcomeOf(step: Step): RunOutcome {
  switch (step.kind) {
    case "exploration": {
      const verdict = step.failures.length > 0 ? "FAIL" : "PASS";
      return { judgement: { verdict, asExpected: verdict === "PASS" }, harness: { state: "ok" } };
    }
    case "run": {
      const { verdict, asExpected, harness } = step;
      return { judgement: verdict === null ? null : { verdict, asExpected }, harness };
    }
    case "given-up":
      return { judgement: null, harness: { state: "failed", why: step.why } };
    default:
      return step satisfies never;
  }
}
