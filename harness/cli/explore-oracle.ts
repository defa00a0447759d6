import { checkerInput } from "../checkers/checker-input.ts";
import { runCheckers } from "../checkers/verdict/judge.ts";
import type { Broken } from "../drivers/simulation/explore.ts";
import type { Observations } from "../observations/observations.ts";
import { subjectOf } from "../subject.ts";

const EVIDENCE_SHOWN_MAX = 3;

/** Every checker on what one plan showed, as `run` has it judged. */
export function brokenPromises(observations: Observations): readonly Broken[] {
  const input = checkerInput(observations, subjectOf(observations.plan));
  return runCheckers(input).flatMap((result) => {
    if (result.outcome !== "invalid") return [];
    const shown = result.evidence.slice(0, EVIDENCE_SHOWN_MAX).map(({ what }) => what);
    return [{ check: result.id, what: shown.join("; ") }];
  });
}
