import type { CheckResult, Evidence } from "../checkers/checker.ts";
import type { Judgement } from "../checkers/verdict/judgement.ts";

export interface ShownViolation {
  readonly check: CheckResult;
  /** Ascending by time; what has none comes last. */
  readonly evidence: readonly Evidence[];
}

/** What broke, in the order in which it shows: the first is nearest to the cause. */
export function violationsOf({ checks }: Pick<Judgement, "checks">): readonly ShownViolation[] {
  return checks
    .flatMap((check) => {
      if (check.outcome !== "invalid") return [];
      return [{ check, evidence: check.evidence.toSorted((a, b) => timeOf(a) - timeOf(b)) }];
    })
    .sort((a, b) => timeOf(a.evidence[0]) - timeOf(b.evidence[0]));
}

function timeOf(evidence: Evidence | undefined): number {
  return evidence?.time ?? Number.MAX_VALUE;
}
