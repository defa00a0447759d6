/** Why a run did not come out as its scenario expects: one sentence. */
import type { Expectation } from "../../plan/plan.ts";
import { faultyMaxText, liarsMaxText } from "../../plan/tolerance.ts";
import type { CheckResult } from "../checker.ts";
import { exceededAtMs, safetyFaultsMax } from "../observed-budget.ts";
import { beyondBudget } from "./beyond-budget.ts";
import type { Ruling, VerdictInput } from "./verdict.ts";

/** Null if it came out as expected. */
export function deviationOf(input: VerdictInput, ruling: Ruling): string | null {
  const { expect } = input.observations.plan;
  const { harness } = input.observations.run;
  if (
    ruling.verdict === "INCONCLUSIVE" &&
    harness.state !== "ok" &&
    expect.verdict === ruling.verdict
  ) {
    return `INCONCLUSIVE was expected of a whole run, but the harness ${harness.state} (${harness.why}).`;
  }
  if (ruling.verdict !== expect.verdict) {
    return `${expect.verdict} was expected, but ${whatCame(input, ruling, expect)}.`;
  }
  const { check } = expect;
  const broken = brokenChecks(input.checks);
  if (check === null || broken.includes(check)) return null;
  const others = broken.length === 0 ? "no check" : `only ${broken.join(", ")}`;
  return `${check} was to catch it, but ${others} did.`;
}

function brokenChecks(checks: readonly CheckResult[]): readonly string[] {
  return checks.filter(({ outcome }) => outcome === "invalid").map(({ id }) => id);
}

function whatCame(input: VerdictInput, { verdict, reasons }: Ruling, expect: Expectation): string {
  const liarsMax = liarsMaxText(input.budget.tolerates);
  switch (verdict) {
    case "PASS":
      return whatDidNotCome(input, expect);
    case "FAIL":
      return `within the budget ${brokenChecks(input.inContract).join(", ")} did not hold`;
    case "LIVENESS_MISS":
      return `${brokenChecks(input.checks).join(", ")} did not hold while progress was owed`;
    case "HALTED_SAFELY":
      return `more was away than the cluster tolerates (${faultyMaxText(input.budget.tolerates)}), and nothing was answered until enough was back`;
    case "OUT_OF_CONTRACT":
      return `${faulty(input)} had a safety fault, more than ${liarsMax}`;
    case "INCONCLUSIVE":
      return `the run could not be judged: ${reasons?.[0]}`;
    default:
      return verdict satisfies never;
  }
}

/** All was well: what the scenario had expected to see, and did not. */
function whatDidNotCome(input: VerdictInput, { verdict, check }: Expectation): string {
  switch (verdict) {
    case "FAIL":
      return check === null ? "no check found a violation" : `${check} found no violation`;
    case "LIVENESS_MISS":
      return check === null
        ? "every operation was answered within the bound"
        : `${check} found no violation`;
    case "HALTED_SAFELY":
      return whyNotHalted(input);
    case "OUT_OF_CONTRACT":
      return `no more than ${liarsMaxText(input.budget.tolerates)} replicas had a safety fault (${faulty(input)})`;
    case "INCONCLUSIVE":
      return "nothing about the run is in doubt";
    case "PASS":
      return "all held";
    default:
      return verdict satisfies never;
  }
}

function whyNotHalted(input: VerdictInput): string {
  const beyond = beyondBudget(input);
  if (beyond === null)
    return `never more than ${faultyMaxText(input.budget.tolerates)} replicas were away`;
  if (beyond.served === null) return "nobody asked while the budget was surely exceeded";
  return "the cluster went on answering while no progress was owed";
}

function faulty({ budget }: VerdictInput): string {
  const most = safetyFaultsMax(budget);
  const replicas = most === 1 ? "1 replica" : `${most} replicas`;
  return exceededAtMs(budget) === null ? `B=${most}` : replicas;
}
