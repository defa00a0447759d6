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

/** Each 500 ms nothing, then so much in 50 ms: since the poll before there were eleven periods. */
function spendsAtOnce(work: number): () => Run {
  return changed((run) => {
    sized(run);
    for (const at of [0, 400, 900, 1_400]) polled(run, at, { counters: { rejectedWork: 10 } });
    polled(run, 1_450, { counters: { rejectedWork: 10 + work } });
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
      shows: /r1 spent 341 verifications .* from 1800 ms to 1900 ms; the shares .* are 340/,
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
    {
      claim: "between two polls what eleven periods allow, and one more",
      run: spendsAtOnce(12 * 100 + 40),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "more than that, after a long time without any",
      run: spendsAtOnce(12 * 100 + 41),
      outcome: "invalid",
      shows: /r1 spent 1241 verifications .* from 1400 ms to 1450 ms; the shares .* are 1240/,
    },
  ],
  blindness: {
    "rejected-work.ts": [
      ["it may spend any amount", "if (work <= bound) continue;", "if (bound > 0) continue;"],
      ["a liar has no share", "Math.max(1, liars + ", "Math.max(1, "],
      ["a life begins where the one before ended", " || work < life.since.work", ""],
      ["what a liar spends counts", "input.good.has(sample.replica) ?", "shares > 0 ?"],
      ["what was not spent may be spent at once", "isLess ? now : life.since", "life.since"],
      ["an answer was counted when it came", "?? time;", "&& time;"],
    ],
  },
};
