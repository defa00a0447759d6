import { type CheckerCases, changed } from "../case.fixture.ts";
import { audit, down, inject, quietRun } from "../run.fixture.ts";
import { noChurn } from "./no-churn.ts";

export const noChurnCases: CheckerCases = {
  checker: noChurn,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 4 },
    {
      claim: "somebody wants another view",
      run: changed((run) => audit(run, 2, 700, { e: "viewchange", v: 1, h: 4, p: [] })),
      outcome: "invalid",
      shows: /r2: viewchange to view 1/,
    },
    {
      claim: "a new view is entered",
      run: changed((run) =>
        audit(run, 2, 700, { e: "newview", v: 1, from: [1, 2, 3], base: 4, selected: [] }),
      ),
      outcome: "invalid",
      shows: /r2: newview to view 1/,
    },
    {
      claim: "with faults it may",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(0), at: 600, until: 900 });
        audit(run, 2, 700, { e: "viewchange", v: 1, h: 4, p: [] });
      }),
      outcome: "not-applicable",
      shows: /the run had faults/,
      judged: 0,
    },
  ],
  blindness: {
    "no-churn.ts": [
      [
        "wanting another view is fine",
        'record.e === "viewchange" || record.e === "newview"',
        'record.e === "newview"',
      ],
      [
        "entering one is fine",
        'record.e === "viewchange" || record.e === "newview"',
        'record.e === "viewchange"',
      ],
      ["faults are no excuse", "plan.entries.length > 0 || ", "false && "],
    ],
  },
};
