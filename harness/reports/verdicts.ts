import type { Verdict } from "../scenario/verdict.ts";
import type { JudgedRun } from "./report.ts";

/** How good or bad it looks; colour is never the only sign. */
export type Tone = "good" | "bad" | "doubt" | "neutral";

export interface VerdictWords {
  readonly symbol: string;
  readonly meaning: string;
}

/** What each verdict means to the one who reads it: terminal, HTML and README say the same. */
export const verdictWords: Readonly<Record<Verdict, VerdictWords>> = {
  PASS: {
    symbol: "✓",
    meaning:
      "Every promise that was owed was kept, and every fault that took place was proven; what was skipped or prevented is told.",
  },
  FAIL: {
    symbol: "✗",
    meaning: "Safety broke although no more than f replicas were faulty. This is a bug.",
  },
  LIVENESS_MISS: {
    symbol: "✗",
    meaning:
      "Nothing wrong was answered, but the cluster was slower than its bound while it owed progress, or a replica ended by itself.",
  },
  HALTED_SAFELY: {
    symbol: "■",
    meaning:
      "More replicas were away than the cluster tolerates: it stopped without disagreement, and went on once enough were back.",
  },
  OUT_OF_CONTRACT: {
    symbol: "○",
    meaning:
      "More than f replicas were faulty, so nothing was promised. Not evidence for or against the protocol.",
  },
  INCONCLUSIVE: {
    symbol: "?",
    meaning:
      "Could not be judged: a log is missing, a fault did nothing or was not proven, the load was not delivered, or a checker ran out of time.",
  },
};

/**
 * The colour of a whole run is whether it came out as expected: a caught canary is good news, and a
 * PASS is none where something else was expected, or where the harness itself failed.
 */
export function toneOf({ observations: { run }, judgement }: JudgedRun): Tone {
  return judgement.asExpected && run.harness.state === "ok" ? "good" : "bad";
}
