/**
 * What a check may claim where something is missing (harness §3.4): `invalid` only what is a
 * violation whatever is missing, `valid` only if it has seen what it needs, and `unknown` else.
 */
import { completeUntil } from "../observations/completeness.ts";
import type { Observations } from "../observations/observations.ts";
import { FILES } from "../observations/store.ts";
import { inapplicable } from "./applicability.ts";
import type {
  Absence,
  Checker,
  CheckerInput,
  CheckOutcome,
  CheckResult,
  Need,
  Violation,
} from "./checker.ts";
import { idleBecause, isIdle, outcomeOf } from "./evidence.ts";
import { inMs } from "./windows.ts";

/** The outcome of a checker, or `unknown` where it satisfied itself with what is not there. */
export function runChecker(checker: Checker, input: CheckerInput): CheckResult {
  const { id, promise, idle } = checker;
  const outcome = inapplicable(checker, input) ?? checker.check(input);
  if (outcome.outcome !== "valid" && !isIdle(outcome)) return { ...outcome, id, promise };
  const unmet = checker.needs.flatMap((need) => unmetBy(need, input) ?? []);
  const isSilent = outcome.outcome === "valid" && outcome.judged === 0;
  if (unmet.length === 0) return { ...(isSilent ? idleBecause(idle) : outcome), id, promise };
  return { outcome: "unknown", judged: outcome.judged, because: unmet.join(", "), id, promise };
}

/** Why there is nothing to be satisfied with; null if there is. */
function unmetBy(need: Need, { observations, good }: CheckerInput): string | null {
  switch (need) {
    case "history":
      return nothingOf(observations, FILES.history);
    case "ledger":
      return nothingOf(observations, FILES.ledger);
    case "audits": {
      const reasons = [...good].map((replica) => nothingOf(observations, FILES.audit(replica)));
      return reasons.find((reason) => reason !== null) ?? null;
    }
    case "end":
      return observations.completeness.ended ? null : "the run did not come to its end";
    default:
      return need satisfies never;
  }
}

/** A file that is not whole and holds no line. */
function nothingOf({ completeness }: Observations, file: string): string | null {
  const until = completeUntil(completeness, file);
  return until === Number.NEGATIVE_INFINITY ? `there is nothing of ${file}` : null;
}

/** `invalid` if one of the violations is certain, `unknown` if there are only doubtful ones. */
export function provenOutcome(
  { observations }: CheckerInput,
  judged: number,
  violations: readonly Violation[],
  note?: string,
): CheckOutcome {
  const doubts = violations.map((violation) => doubtOf(violation, observations));
  const certain = violations.filter((_, index) => doubts[index] === null);
  const first = doubts.findIndex((doubt) => doubt !== null);
  const doubtful = violations[first];
  if (certain.length > 0 || doubtful === undefined) {
    return outcomeOf(judged, certain.map(evidenceOf), note);
  }
  return { outcome: "unknown", judged, because: `${doubtful.what}, but ${doubts[first]}` };
}

function evidenceOf({ rests: _, ...evidence }: Violation) {
  return evidence;
}

/** What may be missing that would explain it; null = nothing. */
function doubtOf({ rests = [] }: Violation, observations: Observations): string | null {
  const missing = rests.find((absence) => !isProven(absence, observations));
  if (missing === undefined) return null;
  const until = completeUntil(observations.completeness, missing.file);
  if (until === Number.POSITIVE_INFINITY) return "the run did not come to its end";
  if (until === Number.NEGATIVE_INFINITY) return `there is nothing of ${missing.file}`;
  return `${missing.file} is complete only until ${inMs(until)} ms`;
}

/** What was written at the very moment may be lost with what came after it. */
export function isProven({ file, until }: Absence, { completeness }: Observations): boolean {
  const known = completeUntil(completeness, file);
  if (until === "end") return completeness.ended && known === Number.POSITIVE_INFINITY;
  return known > until;
}
