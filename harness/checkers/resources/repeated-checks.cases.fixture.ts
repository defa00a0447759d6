import { type CheckerCases, changed } from "../case.fixture.ts";
import { down, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { repeatedChecks } from "./repeated-checks.ts";
import { polled } from "./samples.fixture.ts";

const COUNTED = { verifications: 80, checks: 20, repeatedChecks: 0, surplusChecks: 0 };

function counts(
  counters: Readonly<Record<string, number>>,
  ...changes: readonly ((run: Run) => void)[]
): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
    polled(run, 1_900, { counters: { ...COUNTED, ...counters } });
  });
}

function dies(run: Run): void {
  inject(run, { entry: "crash", effects: down(3), at: 100, until: 200 });
}

/** It was in views 0 and 1 before. */
function inViewTwo(
  counters: Readonly<Record<string, number>>,
  ...changes: readonly ((run: Run) => void)[]
): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
    for (const view of [0, 2]) polled(run, 1_000, { counters: COUNTED, view });
    polled(run, 1_900, { counters: { ...COUNTED, ...counters }, view: 2 });
  });
}

function lies(...replicas: readonly number[]): (run: Run) => void {
  return (run) => inject(run, { entry: "lie", effects: lying(...replicas), at: 100, until: 200 });
}

export const repeatedChecksCases: CheckerCases = {
  checker: repeatedChecks,
  cases: [
    { claim: "a run without polls", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "nothing again",
      run: counts({}),
      outcome: "valid",
      shows: /at most 0 of 100/,
      judged: 1,
    },
    {
      claim: "one again in its input",
      run: counts({ repeatedChecks: 1 }),
      outcome: "invalid",
      shows: /r1 looked 1 times at what it had found good in the same input by 1900 ms/,
    },
    {
      claim: "one without a use",
      run: counts({ surplusChecks: 1 }),
      outcome: "invalid",
      shows: /r1 looked 1 times at what it had found good as often as there is a use for/,
    },
    {
      claim: "one that was rejected, where nobody lies",
      run: counts({ surplusChecks: 1, rejectedWork: 1 }),
      outcome: "invalid",
    },
    {
      claim: "some that were rejected of a liar",
      run: counts({ surplusChecks: 9, rejectedWork: 9 }, lies(2)),
      outcome: "valid",
    },
    {
      claim: "more than were rejected",
      run: counts({ surplusChecks: 10, rejectedWork: 9 }, lies(2)),
      outcome: "invalid",
    },
    {
      claim: "a few that a liar sent too early",
      run: counts({ repeatedChecks: 8 }, lies(2)),
      outcome: "valid",
    },
    { claim: "more of them", run: counts({ repeatedChecks: 9 }, lies(2)), outcome: "invalid" },
    {
      claim: "a few, after one that started again has proposed the same once more",
      run: counts({ repeatedChecks: 8 }, dies),
      outcome: "valid",
    },
    {
      claim: "more of those",
      run: counts({ repeatedChecks: 9 }, dies),
      outcome: "invalid",
    },
    {
      claim: "what a liar proposed early, at each PREPARE",
      run: inViewTwo({ repeatedChecks: 8 + 4 * 2 }, lies(2)),
      outcome: "valid",
    },
    {
      claim: "more than there are PREPAREs",
      run: inViewTwo({ repeatedChecks: 8 + 4 * 2 + 1 }, lies(2)),
      outcome: "invalid",
    },
    {
      claim: "what a good primary proposed early",
      run: inViewTwo({ repeatedChecks: 9 }, lies(3)),
      outcome: "invalid",
    },
    {
      claim: "a liar's own",
      run: counts({ repeatedChecks: 90, surplusChecks: 90 }, lies(1)),
      outcome: "valid",
    },
  ],
  blindness: {
    "repeated-checks.ts": [
      ["it may look twice", "counted.repeated > early + rejected", "counted.repeated > 1e9"],
      ["it may look for no use", "counted.surplus > rejected", "counted.surplus > 1e9"],
      ["nobody proposes again", " || time >= downFrom", ""],
      ["all propose again", "time >= downFrom", "true"],
      ["good ones propose early, too", "!good.has(subject.leaderOf(view) ?? -1)", "true"],
      ["it proposes on and on", "Math.max(view, before.view)", "-1"],
      ["whoever is good has to bear what liars do", " || !good.has(replica)", ""],
    ],
  },
};
