import { describe, expect, test } from "vitest";
import { allCases, casesOf, lackedBy } from "./cases.fixture.ts";
import type { CheckOutcome } from "./checker.ts";
import { checkers } from "./registry.ts";
import { inputOf, quietRun } from "./run.fixture.ts";

function shown(result: CheckOutcome): string {
  if (result.outcome === "invalid") return result.evidence[0]?.what ?? "";
  return "because" in result ? result.because : (result.note ?? "");
}

describe.each(checkers)("$id", (checker) => {
  const own = casesOf(checker.id);

  test.each(own)("$claim: $outcome", ({ run, outcome, shows, judged }) => {
    const result = checker.check(inputOf(run()));
    expect({ outcome: result.outcome, shown: shown(result) }).toMatchObject({ outcome });
    if (shows !== undefined) expect(shown(result)).toMatch(shows);
    if (judged !== undefined) expect(result.judged).toBe(judged);
  });

  test("has cases in which it is satisfied and in which it is not, and a way to blind it", () => {
    expect(lackedBy(checker, allCases)).toEqual([]);
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

describe("a checker is incomplete", () => {
  const [complete] = allCases;
  if (complete === undefined) throw new Error("there are no cases");
  const { checker, cases } = complete;
  const without = (outcome: CheckOutcome["outcome"]) => ({
    ...complete,
    cases: cases.filter((candidate) => candidate.outcome !== outcome),
  });

  test.each([
    ["without cases", [], "cases beside it, in <its name>.cases.fixture.ts"],
    ["with two files of cases", [complete, complete], "one file of cases instead of several"],
    ["that is never satisfied", [without("valid")], "a case in which it is satisfied"],
    ["that is always satisfied", [without("invalid")], "a case in which it is not"],
    ["without a blindness", [{ ...complete, blindness: {} }], "a way to blind it"],
  ])("%s", (_, known, lacked) => {
    expect(lackedBy(checker, known)).toEqual([lacked]);
  });

  test("whose cases are another's", () => {
    expect(lackedBy({ ...checker }, allCases)).not.toEqual([]);
  });
});
