/** The rules of the verdict, first match wins (harness §5.2). */
import { isAbsent } from "../../../faults/fault.ts";
import { hasBegun } from "../../observations/completeness.ts";
import { isAnswer } from "../../observations/history.ts";
import type { Observations } from "../../observations/observations.ts";
import type { BudgetTimeline } from "../../plan/budget.ts";
import { faultyMaxText, liarsMaxText } from "../../plan/tolerance.ts";
import type { Verdict } from "../../scenario/verdict.ts";
import { byReason, type CheckerInput, type CheckResult } from "../checker.ts";
import { isIdle } from "../evidence.ts";
import { standstillOf } from "../liveness/recovery.ts";
import { exceededAtMs, safetyFaultsMax } from "../observed-budget.ts";
import { inMs, owedAtEndNs, owedWindows, type Window } from "../windows.ts";
import { beyondBudget, excess } from "./beyond-budget.ts";
import type { FaultResult } from "./judgement.ts";
import { nextAnswer } from "./recovery-time.ts";
import { undelivered } from "./shed.ts";

export interface VerdictInput extends CheckerInput {
  readonly checks: readonly CheckResult[];
  readonly faults: readonly FaultResult[];
  /**
   * The safety checks over what happened before B exceeded f; the same as `checks` if it never
   * did.
   */
  readonly inContract: readonly CheckResult[];
}

export interface Ruling {
  readonly verdict: Verdict;
  readonly text: string;
  /** Of `INCONCLUSIVE`: each reason, the first the cause as far as one can tell. */
  readonly reasons?: readonly string[];
}

export function rule(input: VerdictInput): Ruling {
  return (
    changed(input) ??
    failed(input) ??
    notJudged(doubts(input)) ??
    outOfContract(input) ??
    livenessMiss(input) ??
    notJudged(omissions(input)) ??
    haltedSafely(input) ??
    passed(input)
  );
}

/** A counterexample out of a store that somebody has changed may be that change. */
function changed(input: VerdictInput): Ruling | null {
  return input.observations.completeness.changed ? notJudged(doubts(input)) : null;
}

function failed({ inContract, budget }: VerdictInput): Ruling | null {
  const broken = inContract.filter(
    ({ outcome, promise }) => outcome === "invalid" && promise === "safety",
  );
  if (broken.length === 0) return null;
  const most = safetyFaultsMax(budget, exceededAtMs(budget) ?? undefined);
  const ids = broken.map(({ id }) => id).join(", ");
  const bounds = `B=${most} <= ${liarsMaxText(budget.tolerates)}`;
  const text = `CONTRACT VIOLATION: ${ids} broken with ${bounds}. Counterexample attached.`;
  return { verdict: "FAIL", text };
}

function notJudged(reasons: readonly string[]): Ruling | null {
  if (reasons.length === 0) return null;
  return { verdict: "INCONCLUSIVE", text: `Not judged: ${reasons.join("; ")}.`, reasons };
}

/** What makes the observations themselves doubtful. */
function doubts({ observations, good, checks, faults }: VerdictInput): readonly string[] {
  const { harness } = observations.run;
  const reasons: string[] = [];
  if (harness.state !== "ok") {
    reasons.push(`the harness ${harness.state} (${harness.why})`);
    // All that is missing is missing for this.
    if (!hasBegun(observations)) return reasons;
  }
  const silent = [...good].filter((replica) => !observations.audits.get(replica)?.length);
  if (silent.length > 0) {
    reasons.push(`no audit log of ${silent.map((replica) => `r${replica}`).join(", ")}`);
  }
  for (const { entry, outcome, evidence } of faults) {
    if (outcome === "installed" || isAbsent(outcome)) continue;
    // What is in doubt stands first.
    const why = evidence[0] === undefined ? "" : ` (${evidence[0]})`;
    reasons.push(`fault ${entry} is ${outcome}${why}`);
  }
  const unknown = checks.filter(
    ({ id, outcome }) => outcome === "unknown" && id !== "expectations",
  );
  // Where the harness is the cause it is said once, and each check's own reason beside the check.
  if (harness.state === "ok") return [...reasons, ...unknownBecause(unknown)];
  return unknown.length === 0
    ? reasons
    : [...reasons, `unknown: ${unknown.map(({ id }) => id).join(", ")}`];
}

/** Many may lack the same: a log that is not there is said once. */
function unknownBecause(unknown: readonly CheckResult[]): readonly string[] {
  return [...byReason(unknown)].map(([because, checks]) => {
    const ids = checks.map(({ id }) => id).join(", ");
    return `${ids} ${checks.length === 1 ? "is" : "are"} unknown (${because})`;
  });
}

function outOfContract({ budget, checks }: VerdictInput): Ruling | null {
  if (exceededAtMs(budget) === null) return null;
  const agreement = checks.find(({ id }) => id === "S-1");
  const observed =
    agreement?.outcome === "invalid"
      ? `agreement broken at ${agreement.evidence[0]?.what.split(":")[0]}`
      : "agreement held";
  const durability = checks.find(({ id }) => id === "S-16");
  const lost = durability?.outcome === "invalid" ? durability.evidence.length : 0;
  const text =
    `No promise applies: ${safetyFaultsMax(budget)} safety faults, tolerance ` +
    `${liarsMaxText(budget.tolerates)}. Observed: ${observed}, ops lost: ${lost === 5 ? "5 or more" : lost}. ` +
    "Neither outcome is evidence for or against the protocol.";
  return { verdict: "OUT_OF_CONTRACT", text };
}

function livenessMiss(input: VerdictInput): Ruling | null {
  const broken = input.checks.filter(
    ({ outcome, promise }) => outcome === "invalid" && promise === "liveness",
  );
  if (broken.length === 0) return null;
  const served = broken.find(({ id }) => id === "L-2" || id === "L-1");
  if (served !== undefined) {
    const { worst } = standstillOf(input);
    const bound = `${worst?.boundMs ?? input.observations.plan.recoveryBound.totalMs} ms`;
    const stoodStill = broken.some(({ id }) => id === "L-2");
    // Some were served while others waited: then the standstill is not what was measured.
    const text = stoodStill
      ? `Safe, but no progress within ${bound} (measured ${inMs(worst?.ns ?? 0)} ms).`
      : `Safe, but not every operation done within ${bound} (${firstEvidence(served)}).`;
    return { verdict: "LIVENESS_MISS", text };
  }
  const [first] = broken;
  return { verdict: "LIVENESS_MISS", text: `Safe, but ${first?.id}: ${firstEvidence(first)}.` };
}

function firstEvidence(check: CheckResult | undefined): string {
  return check?.outcome === "invalid" ? (check.evidence[0]?.what ?? "") : "";
}

/** A check that judged nothing shows nothing; S-6 only where the service keeps something. */
const REQUIRED: readonly string[] = ["S-1", "S-2", "S-3", "S-4", "S-16", "L-1"];

/** What should have happened to make the run worth a verdict, and did not. */
function omissions(input: VerdictInput): readonly string[] {
  const { checks, observations, faults } = input;
  // Where the budget was never restored nothing could complete: then it halted, or it was luck.
  const restored = owedAtEndNs(observations, input.budget) > 0;
  const mustServe = restored || haltedSafely(input) === null;
  const required = [
    ...REQUIRED,
    ...(input.subject.service.model === null ? [] : ["S-6"]),
    ...(mustServe ? ["convergence"] : []),
  ];
  const idle = checks.filter(({ id, judged }) => required.includes(id) && judged === 0);
  const reasons = idle.map((check) =>
    check.outcome === "not-applicable" && !isIdle(check)
      ? `${check.id} is not applicable (${check.because})`
      : `${check.id} had nothing to judge`,
  );
  reasons.push(...nothingDone(faults));
  const missingLoad = undelivered(observations);
  if (missingLoad !== null) reasons.push(missingLoad);
  const demands = checks.find(({ id }) => id === "expectations");
  if (demands?.outcome === "unknown") reasons.push(demands.because);
  if (mustServe && !servedAtTheEnd(input)) {
    reasons.push("no operation completed after the last fault");
  }
  return reasons;
}

/**
 * One of several may well be missing; a run whose faults did nothing shows nothing of faults. That
 * all were prevented shows the guard. What says nothing to this protocol was no part of the run.
 */
function nothingDone(faults: readonly FaultResult[]): readonly string[] {
  const meant = faults.filter(({ outcome }) => outcome !== "not-applicable");
  const isNothing = meant.every(({ outcome }) => isAbsent(outcome));
  if (!isNothing || !meant.some(({ outcome }) => outcome === "skipped")) return [];
  return meant.map(({ entry, outcome }) => `fault ${entry} is ${outcome}`);
}

/** The window after GST: liveness owed, all faults over, and somebody was served. */
function servedAtTheEnd({ observations, budget, faults }: VerdictInput): boolean {
  const lastHeal = Math.max(0, ...faults.map(({ healedAtMs }) => (healedAtMs ?? 0) * 1e6));
  const windows = owedWindows(observations, budget).filter(({ to }) => to > lastHeal);
  return windows.some((window) => {
    const from = Math.max(window.from, lastHeal);
    return answeredIn(observations, { ...window, from });
  });
}

function answeredIn({ history }: Observations, { from, to }: Window): boolean {
  return history.some((event) => isAnswer(event) && event.time >= from && event.time <= to);
}

function haltedSafely(input: VerdictInput): Ruling | null {
  const { observations, budget } = input;
  const beyond = beyondBudget(input);
  if (beyond?.served !== false) return null;
  const { until } = beyond;
  const answer = nextAnswer(observations.history, until);
  const resumed =
    answer === null
      ? "The budget was not restored."
      : `Resumed ${inMs(answer - until)} ms after the budget was restored.`;
  const text =
    `Out of the liveness contract (${excess(beyond, budget.tolerates)}): ` +
    `stopped without disagreement, as designed. ${resumed}`;
  return { verdict: "HALTED_SAFELY", text };
}

function passed(input: VerdictInput): Ruling {
  const sentences = [inContract(input.budget), beyondIt(input)].filter((text) => text !== null);
  return { verdict: "PASS", text: sentences.join(" ") };
}

/** B and C as they were while progress was owed; null if it never was. */
function inContract({ steps, tolerates }: BudgetTimeline): string | null {
  const owed = steps.filter(({ livenessOwed }) => livenessOwed);
  if (owed.length === 0) return null;
  const most = Math.max(...owed.map(({ safety }) => safety.length));
  const away = Math.max(...owed.map(({ unavailable }) => unavailable));
  const apart = most + away > tolerates.crashed ? " never at once," : "";
  const bounds = `B=${most}, C=${away},${apart} ${faultyMaxText(tolerates)}`;
  return `In contract (${bounds}): all promised properties held.`;
}

/** That it went on is luck, and no part of what held. */
function beyondIt(input: VerdictInput): string | null {
  const beyond = beyondBudget(input);
  if (beyond === null) return null;
  const { ns, most, served } = beyond;
  const what = most > input.budget.tolerates.crashed ? "Beyond f" : "Clients cut off";
  const duration = ns < 1e9 ? `${inMs(ns)} ms` : `${(ns / 1e9).toFixed(1)} s`;
  const wentOn = served === true ? " and went on answering" : "";
  return `${what} for ${duration}${wentOn}: nothing was promised then.`;
}
