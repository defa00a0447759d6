/**
 * Whatever is missing from a run store, no check may call a violation what the missing part would
 * explain; and what is one whatever is missing stays one.
 */
import { describe, expect, test } from "vitest";
import { FILES } from "../observations/store.ts";
import { casesOf } from "./cases.fixture.ts";
import { type Cut, cutShort, cutsOf } from "./cut-short.fixture.ts";
import { runChecker } from "./proof.ts";
import { checkers } from "./registry.ts";
import { inputOf, type Run } from "./run.fixture.ts";

describe.each(checkers)("$id", (checker) => {
  const own = casesOf(checker.id);
  const outcomeOf = (run: Run) => runChecker(checker, inputOf(run));

  test.each(own.filter(({ outcome }) => outcome !== "invalid"))(
    "$claim: no cut makes it a violation",
    ({ run }) => {
      const cuts = cutsOf(run());
      const wrong = cuts.filter((cut) => outcomeOf(cutShort(run(), cut)).outcome === "invalid");
      expect(wrong).toEqual([]);
    },
  );

  test.each(own.filter(({ outcome }) => outcome === "invalid"))(
    "$claim: a cut behind what shows it leaves it a violation",
    ({ run }) => {
      const result = outcomeOf(run());
      if (result.outcome !== "invalid" || checker.promise === "liveness") return;
      const shownAt = Math.min(...result.evidence.map(({ time }) => time ?? Infinity));
      const behind = cutsOf(run()).filter((cut) => reaches(run(), cut, shownAt));
      const blind = behind.filter((cut) => {
        const { outcome } = outcomeOf(cutShort(run(), cut));
        // What is judged by how the run ended cannot be said of one that was broken off.
        return outcome !== "invalid" && !(checker.needs.includes("end") && outcome === "unknown");
      });
      expect(blind).toEqual([]);
    },
  );
});

/** Whether everything until a while after the evidence is left. */
function reaches(run: Run, cut: Cut, shownAt: number): boolean {
  const until = cutShort(run, cut).completeness.files.get(cut.file) ?? Infinity;
  return until > shownAt + 2e6;
}

test("a run whose files are all gone is no violation of anything", () => {
  for (const checker of checkers) {
    for (const { run } of casesOf(checker.id)) {
      const files = [FILES.history, FILES.ledger, ...[0, 1, 2, 3].map(FILES.audit)];
      const gone = files.reduce((left, file) => cutShort(left, { file, lines: 0 }), run());
      const nothing = inputOf({ ...gone, samples: [] });
      expect(runChecker(checker, nothing).outcome).not.toBe("invalid");
    }
  }
});
