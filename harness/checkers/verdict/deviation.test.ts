import { describe, expect, test } from "vitest";
import type { Expectation } from "../../plan/plan.ts";
import { subjectOf } from "../../subject.ts";
import { audit, down, inject, lying, observationsOf, quietRun, type Run } from "../run.fixture.ts";
import { judge } from "./judge.ts";
import type { Judgement } from "./judgement.ts";

function judged(expected: Partial<Expectation>, change: (run: Run) => void): Judgement {
  const run = quietRun();
  run.plan.expect = { ...run.plan.expect, ...expected };
  change(run);
  return judge(observationsOf(run), subjectOf(run.plan));
}

/** Two of four down for 350 ms, while an operation is sent and answered. */
function luckily(run: Run): void {
  inject(run, { entry: "f+1", effects: down(2, 3), at: 1_050, until: 1_395 });
}

describe("the text of a PASS follows the contract", () => {
  test("what was answered beyond the budget is luck, and said to be", () => {
    const { verdict, text } = judged({}, luckily);
    expect(verdict).toBe("PASS");
    expect(text).toBe(
      "In contract (B=0, C=0, f=1): all promised properties held. " +
        "Beyond f for 350 ms and went on answering: nothing was promised then.",
    );
  });

  test("B and C that were never there at once do not add up", () => {
    const { text } = judged({}, (run) => {
      inject(run, { entry: "crash", effects: down(3), at: 610, until: 700 });
      inject(run, { entry: "lie", effects: lying(2), at: 800, until: 900 });
    });
    expect(text).toMatch(/^In contract \(B=1, C=1, never at once, f=1\): all promised/);
  });

  test("seconds are said in seconds", () => {
    const { text } = judged({ minOperations: 0 }, (run) => {
      inject(run, { entry: "f+1", effects: down(2, 3), at: 55, until: 1_395 });
    });
    expect(text).toContain("Beyond f for 1.3 s and went on answering");
  });
});

describe("one sentence says why a run did not come out as expected", () => {
  test.each<[string, Partial<Expectation>, (run: Run) => void, string | null]>([
    ["as expected", {}, () => undefined, null],
    [
      "it should have halted, and was lucky",
      { verdict: "HALTED_SAFELY" },
      luckily,
      "HALTED_SAFELY was expected, but the cluster went on answering while no progress was owed.",
    ],
    [
      "it should have halted, and had no reason to",
      { verdict: "HALTED_SAFELY" },
      () => undefined,
      "HALTED_SAFELY was expected, but never more than f=1 replicas were away.",
    ],
    [
      "too few liars",
      { verdict: "OUT_OF_CONTRACT" },
      (run) => inject(run, { entry: "lie", effects: lying(2), at: 60, until: 900 }),
      "OUT_OF_CONTRACT was expected, but no more than f=1 replicas had a safety fault (B=1).",
    ],
    [
      "too many liars",
      {},
      (run) => inject(run, { entry: "lie", effects: lying(1, 2), at: 60, until: 900 }),
      "PASS was expected, but 2 replicas had a safety fault, more than f=1.",
    ],
    [
      "a canary that nobody hears",
      { verdict: "FAIL", check: "S-1" },
      () => undefined,
      "FAIL was expected, but S-1 found no violation.",
    ],
    [
      "a canary that another check hears",
      { verdict: "FAIL", check: "S-6" },
      (run) => audit(run, 1, 700, { e: "committed", v: 1, n: 5, d: "other", by: [1, 2, 3] }),
      "S-6 was to catch it, but only S-1, S-11, S-12, S-25 did.",
    ],
    [
      "a run that was broken off",
      {},
      (run) => {
        run.harness = { state: "aborted", why: "Ctrl-C" };
      },
      "PASS was expected, but the run could not be judged: the harness aborted (Ctrl-C).",
    ],
    [
      "a run that was broken off, where nothing else could have been judged either",
      { verdict: "INCONCLUSIVE" },
      (run) => {
        run.harness = { state: "aborted", why: "Ctrl-C" };
      },
      "INCONCLUSIVE was expected of a whole run, but the harness aborted (Ctrl-C).",
    ],
    [
      "a run that failed for a reason with a semicolon in it",
      {},
      (run) => {
        run.harness = { state: "failed", why: "no k6 (some minutes; once), or another one" };
      },
      "PASS was expected, but the run could not be judged: " +
        "the harness failed (no k6 (some minutes; once), or another one).",
    ],
  ])("%s", (_what, expected, change, sentence) => {
    const { deviation, asExpected } = judged(expected, change);
    expect(deviation).toBe(sentence);
    expect(asExpected).toBe(sentence === null);
  });
});
