import type { Checker, CheckerInput } from "../checkers/checker.ts";
import { checkerInput } from "../checkers/checker-input.ts";
import { runChecker } from "../checkers/proof.ts";
import { checkers } from "../checkers/registry.ts";
import type { Broken } from "../drivers/simulation/explore.ts";
import type { Observations } from "../observations/observations.ts";
import { subjectOf } from "../subject.ts";

const EVIDENCE_SHOWN_MAX = 3;

/**
 * Every safety checker on what one schedule showed. Most of liveness the player judges itself: it
 * knows when the last fault was healed, and asks until the bound is over.
 */
export function brokenPromises(observations: Observations): readonly Broken[] {
  const input = checkerInput(observations, subjectOf(observations.plan));
  return checkers
    .filter(({ promise, explored }) => promise === "safety" || explored === true)
    .flatMap((checker) => brokenBy(checker, input));
}

function brokenBy(checker: Checker, input: CheckerInput): readonly Broken[] {
  const result = runChecker(checker, input);
  if (result.outcome !== "invalid") return [];
  const shown = result.evidence.slice(0, EVIDENCE_SHOWN_MAX).map(({ what }) => what);
  return [{ check: checker.id, what: shown.join("; ") }];
}
