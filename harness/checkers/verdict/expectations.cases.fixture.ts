import { type CheckerCases, changed, retimed, unanswered } from "../case.fixture.ts";
import { audit, BOB, down, inject, quietRun, type Run } from "../run.fixture.ts";
import { expectations } from "./expectations.ts";

function expecting(run: Run, expect: Partial<Run["plan"]["expect"]>): void {
  run.plan.expect = { ...run.plan.expect, ...expect };
}

function loadUntilTheEnd(run: Run): void {
  run.ledger = run.ledger.filter((line) => line.kind !== "load" || line.on);
}

export const expectationsCases: CheckerCases = {
  checker: expectations,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "too few operations",
      run: changed((run) => expecting(run, { minOperations: 9 })),
      outcome: "unknown",
      shows: /only 8 of 9 operations/,
    },
    {
      claim: "the final reads do not count",
      run: changed((run) => {
        expecting(run, { minOperations: 8 });
        run.history = run.history.map((event) =>
          event.client === BOB && event.t === 4 ? { ...event, final: true } : event,
        );
      }),
      outcome: "unknown",
      shows: /only 7 of 8 operations/,
    },
    {
      claim: "operations outside the budget do not count",
      run: changed((run) => {
        expecting(run, { minOperations: 8 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_120, until: 1_200 });
      }),
      outcome: "unknown",
      shows: /only 7 of 8 operations/,
    },
    {
      claim: "a long window in which nothing completed",
      run: changed((run) => {
        unanswered(run, null);
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_300, until: 1_450 });
      }),
      outcome: "unknown",
      shows: /nothing completed between 1455 and 2000 ms/,
    },
    {
      claim: "a long window with less than its share",
      run: changed((run) => {
        expecting(run, { minOperations: 7 });
        loadUntilTheEnd(run);
        inject(run, { entry: "f+1", effects: down(2, 3), at: 620, until: 700 });
      }),
      outcome: "unknown",
      shows: /^only 2 operations between 705 and 2000 ms, whose share is 3$/,
    },
    {
      claim: "a long window with its share",
      run: changed((run) => {
        expecting(run, { minOperations: 5 });
        loadUntilTheEnd(run);
        inject(run, { entry: "f+1", effects: down(2, 3), at: 620, until: 700 });
      }),
      outcome: "valid",
      judged: 8,
    },
    {
      claim: "where there is no load a window owes one operation at most",
      run: changed((run) => {
        expecting(run, { minOperations: 8 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_200, until: 1_210 });
      }),
      outcome: "valid",
      judged: 8,
    },
    {
      claim: "windows that are shorter than the bound owe nothing each",
      run: changed((run) => {
        expecting(run, { minOperations: 7 });
        loadUntilTheEnd(run);
        for (const at of [620, 850, 1_145, 1_400]) {
          inject(run, { entry: `f+1 ${at}`, effects: down(2, 3), at, until: at + 10 });
        }
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_600, until: 1_990 });
      }),
      outcome: "valid",
      judged: 8,
    },
    {
      claim: "the view never changed where it should",
      run: changed((run) => expecting(run, { viewChanges: { min: 1, max: null } })),
      outcome: "unknown",
      shows: /0 view changes, at least 1/,
    },
    {
      claim: "the view changed where it should not",
      run: changed((run) => {
        expecting(run, { viewChanges: { min: 0, max: 0 } });
        audit(run, 2, 700, { e: "newview", v: 1, from: [1, 2, 3], base: 4, selected: [] });
      }),
      outcome: "invalid",
      shows: /1 view changes, at most 0/,
    },
    {
      claim: "recovered later than recoverWithin",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 200 });
        retimed(run, { at: 1_500, until: 1_950 });
        inject(run, { entry: "crash", effects: down(0), at: 1_490, until: 1_700 });
      }),
      outcome: "invalid",
      shows: /recovered 245 ms after the last heal, waited for 245 ms, recoverWithin is 200 ms/,
    },
    {
      claim: "nobody asked until long after the last heal",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 200 });
        inject(run, { entry: "crash", effects: down(0), at: 1_150, until: 1_200 });
      }),
      outcome: "valid",
    },
    {
      claim: "an outage before the last heal is not recovery",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 400 });
        retimed(run, { at: 1_500, until: 1_950 });
        inject(run, { entry: "crash", effects: down(0), at: 1_490, until: 1_700 });
      }),
      outcome: "valid",
    },
    {
      claim: "never recovered",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 400 });
        unanswered(run, null);
        inject(run, { entry: "crash", effects: down(0), at: 1_490, until: 1_550 });
      }),
      outcome: "invalid",
      shows: /nobody was answered within 445 ms after the last heal/,
    },
  ],
  blindness: {
    "expectations.ts": [
      ["recoverWithin is ignored", "recovery.waitedMs > recoverWithinMs", "false"],
      ["too many view changes are fine", "changes > viewChanges.max", "false"],
      ["too few view changes are fine", "changes < viewChanges.min", "false"],
      ["too few operations are fine", "judged < minOperations", "false"],
      ["the final reads are load", " && final !== true", ""],
      ["an empty window is fine", "share > 0 && inside.length === 0", "false"],
      ["a window's share is fine however small", "share > 1 && ofLoad < share", "false"],
      ["a window owes its share at once", "from: from + this.#bounds.ns(from)", "from"],
      ["a window owes its share without load", "this.#underLoad(calm)", "(calm.to - calm.from)"],
    ],
    "recovery-time.ts": [
      [
        "whoever does not ask waits too",
        "waitedMs: waited.ns / 1e6",
        "waitedMs: ((answer ?? end) - from) / 1e6",
      ],
    ],
  },
};
