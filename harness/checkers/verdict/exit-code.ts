import type { HarnessState } from "../../observations/observations.ts";
import type { Judgement } from "./judgement.ts";

/** What counts of a run for the exit code of the command. */
export interface RunOutcome {
  /** Null: there is no run store that could be judged. */
  readonly judgement: Pick<Judgement, "verdict" | "asExpected"> | null;
  /** Leaving something behind is one way for it to have failed. */
  readonly harness: HarnessState;
}

export const EXIT_CODES = {
  asExpected: 0,
  broken: 1,
  otherVerdict: 2,
  aborted: 3,
  badScenario: 254,
  harnessFailed: 255,
} as const;

/**
 * Over all scenarios of a command, the first that applies (harness §5.4). A bad scenario is found
 * before anything runs, so the command itself ends with `EXIT_CODES.badScenario`.
 */
export function exitCode(runs: readonly RunOutcome[]): number {
  const unexpected = runs.flatMap(({ judgement }) =>
    judgement === null || judgement.asExpected ? [] : [judgement.verdict],
  );
  if (unexpected.some((verdict) => verdict === "FAIL" || verdict === "LIVENESS_MISS")) {
    return EXIT_CODES.broken;
  }
  const trouble = harnessCode(runs);
  if (trouble !== EXIT_CODES.asExpected) return trouble;
  return unexpected.length > 0 ? EXIT_CODES.otherVerdict : EXIT_CODES.asExpected;
}

/** Where verdicts are what was asked for, as of a comparison (harness §5.6): its trouble alone. */
export function harnessCode(runs: readonly RunOutcome[]): number {
  const failed = runs.some(
    ({ judgement, harness }) =>
      harness.state === "failed" || (judgement === null && harness.state === "ok"),
  );
  if (failed) return EXIT_CODES.harnessFailed;
  const aborted = runs.some(({ harness }) => harness.state === "aborted");
  return aborted ? EXIT_CODES.aborted : EXIT_CODES.asExpected;
}
