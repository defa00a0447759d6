import { describe, expect, test } from "vitest";
import { cases } from "./cases.fixture.ts";
import type { CheckOutcome } from "./checker.ts";
import { checkers } from "./registry.ts";
import { inputOf, quietRun } from "./run.fixture.ts";

function shown(result: CheckOutcome): string {
  if (result.outcome === "invalid") return result.evidence[0]?.what ?? "";
  return "because" in result ? result.because : (result.note ?? "");
}

describe.each(checkers)("$id", (checker) => {
  const own = cases[checker.id] ?? [];

  test.each(own)("$claim: $outcome", ({ run, outcome, shows, judged }) => {
    const result = checker.check(inputOf(run()));
    expect({ outcome: result.outcome, shown: shown(result) }).toMatchObject({ outcome });
    if (shows !== undefined) expect(shown(result)).toMatch(shows);
    if (judged !== undefined) expect(result.judged).toBe(judged);
  });

  test("has a case in which it is satisfied and one in which it is not", () => {
    expect(own.some(({ outcome }) => outcome === "valid")).toBe(true);
    expect(own.some(({ outcome }) => outcome === "invalid")).toBe(true);
  });

  test("every violation comes with the records that prove it, or is the scenario's own demand", () => {
    for (const { run, outcome } of own) {
      const result = checker.check(inputOf(run()));
      if (outcome !== "invalid" || result.outcome !== "invalid") continue;
      if (checker.id === "expectations" || checker.id === "convergence") continue;
      expect(result.evidence[0]?.records?.length).toBeGreaterThan(0);
      expect(result.evidence[0]?.time).toBeTypeOf("number");
    }
  });

  test("is satisfied with the quiet run", () => {
    expect(checker.check(inputOf(quietRun())).outcome).toBe("valid");
  });
});
