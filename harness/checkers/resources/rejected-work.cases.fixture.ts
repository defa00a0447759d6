import { type CheckerCases, changed } from "../case.fixture.ts";
import { inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { rejectedWork } from "./rejected-work.ts";
import { polled, sized } from "./samples.fixture.ts";

/** Two polls, 100 ms apart: three periods of 50 ms, with 100 verifications each, and the dearest. */
const SHARE = 3 * 100 + 40;

function spends(work: number, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    sized(run);
    for (const change of changes) change(run);
    polled(run, 1_800, { counters: { rejectedWork: 10 } });
    polled(run, 1_900, { counters: { rejectedWork: 10 + work } });
  });
}

function lies(...replicas: readonly number[]): (run: Run) => void {
  return (run) => inject(run, { entry: "lie", effects: lying(...replicas), at: 100, until: 200 });
}

export const rejectedWorkCases: CheckerCases = {
  checker: rejectedWork,
  cases: [
    { claim: "a run without polls", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "one share",
      run: spends(SHARE),
      outcome: "valid",
      shows: /at most 34 % of the CPU/,
      judged: 1,
    },
    {
      claim: "more",
      run: spends(SHARE + 1),
      outcome: "invalid",
      shows: /r1 spent 341 verifications on what it rejected by 1900 ms; the shares .* are 340/,
    },
    { claim: "a share of a liar", run: spends(SHARE, lies(2)), outcome: "valid" },
    { claim: "a share more, for another", run: spends(2 * SHARE, lies(2, 3)), outcome: "valid" },
    {
      claim: "more than for two",
      run: spends(2 * SHARE + 1, lies(2, 3)),
      outcome: "invalid",
      shows: /the shares of its peers are 680/,
    },
    { claim: "more, of a liar", run: spends(9 * SHARE, lies(1)), outcome: "valid" },
    {
      claim: "more in a second life",
      run: spends(SHARE + 1, (run) =>
        polled(run, 1_700, { counters: { rejectedWork: 9 * SHARE } }),
      ),
      outcome: "invalid",
      shows: /r1 spent 341 verifications/,
    },
  ],
  blindness: {
    "rejected-work.ts": [
      ["it may spend any amount", "if (work <= bound) continue;", "if (bound > 0) continue;"],
      ["a liar has no share", "Math.max(1, liars + ", "Math.max(1, "],
      ["a life begins where the one before ended", " || now.work < since.work", ""],
      ["what a liar spends counts", " || !input.good.has(sample.replica)", ""],
    ],
  },
};
