import { expect, test } from "vitest";
import type { CheckResult } from "../checkers/checker.ts";
import { exampleRun } from "./example-run.fixture.ts";
import { reports } from "./registry.ts";

const unlike: CheckResult = {
  id: "S-13",
  promise: "safety",
  outcome: "not-applicable",
  judged: 0,
  because: "quiet-quorum has no new views",
};

test.each(reports)(
  "$name, if it names a check at all, says why one was not applied",
  async ({ render }) => {
    const run = exampleRun({ judgement: { checks: [unlike] } });
    const text = await render(run);
    expect(text.includes(unlike.because)).toBe(text.includes(unlike.id));
  },
);
