/** What a run came to, from its run store alone. */
import type { Observations } from "../../observations/observations.ts";
import type { CheckerInput, CheckResult } from "../checker.ts";
import { checkerInput } from "../checker-input.ts";
import { before, exceededAtMs, goodReplicas } from "../observed-budget.ts";
import { runChecker } from "../proof.ts";
import { checkers } from "../registry.ts";
import type { Subject } from "../subject.ts";
import { viewsOf } from "../views.ts";
import { deviationOf } from "./deviation.ts";
import { faultResults } from "./fault-results.ts";
import { hangoverOf } from "./hangover.ts";
import type { Judgement } from "./judgement.ts";
import { latencySummary, operationCounts, round, throughput } from "./measure.ts";
import { Outages } from "./outage.ts";
import { recoveryOf } from "./recovery-time.ts";
import { redundancyLostMs } from "./redundancy.ts";
import { rule } from "./verdict.ts";

export function judge(observations: Observations, subject: Subject): Judgement {
  const input = checkerInput(observations, subject);
  const { budget } = input;
  const checks = runCheckers(input);
  const faults = faultResults(observations);
  const inContract = checksInContract(input, checks);
  const ruled = { ...input, checks, faults, inContract };
  const ruling = rule(ruled);
  const deviation = deviationOf(ruled, ruling);
  return {
    verdict: ruling.verdict,
    text: ruling.text,
    asExpected: deviation === null,
    deviation,
    checks,
    budget,
    faults,
    operations: operationCounts(observations),
    latencyMs: latencySummary(observations),
    throughput: throughput(observations),
    views: viewsOf(input),
    ...words(input),
  };
}

/** One module a word: there is no second way of computing any of them. */
function words({
  observations,
  budget,
}: CheckerInput): Pick<Judgement, "outageMs" | "recoveryMs" | "hangover" | "redundancyLostMs"> {
  const recoveryMs = recoveryOf(observations)?.ms ?? null;
  return {
    outageMs: round(new Outages(observations).longestMs),
    recoveryMs: recoveryMs === null ? null : round(recoveryMs),
    hangover: hangoverOf(observations),
    redundancyLostMs: redundancyLostMs(observations, budget),
  };
}

/** Every checker of the registry, in its order. */
export function runCheckers(input: CheckerInput): readonly CheckResult[] {
  return checkers.map((checker) => runChecker(checker, input));
}

/** Only what is proven by what happened before B exceeded f breaks a promise. */
function checksInContract(
  input: CheckerInput,
  checks: readonly CheckResult[],
): readonly CheckResult[] {
  const untilMs = exceededAtMs(input.budget);
  if (untilMs === null) return checks;
  const { observations, subject, budget } = input;
  const early = {
    subject,
    budget,
    observations: before(observations, untilMs),
    good: goodReplicas(observations, budget, untilMs),
  };
  return runCheckers(early);
}
