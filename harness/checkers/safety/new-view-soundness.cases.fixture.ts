import { type CheckerCases, changed, viewChanged } from "../case.fixture.ts";
import { audit, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { newViewSoundness } from "./new-view-soundness.ts";

function select(run: Run, selected: readonly (readonly [number, string])[]): void {
  rewrite(run, 2, (record) => (record.e === "newview" ? { ...record, selected } : record));
}

export const newViewSoundnessCases: CheckerCases = {
  checker: newViewSoundness,
  cases: [
    { claim: "a quiet run has no new view", run: quietRun, outcome: "valid", judged: 0 },
    { claim: "what committed is selected", run: changed(viewChanged), outcome: "valid", judged: 4 },
    {
      claim: "a committed number gets the null request",
      run: changed((run) => {
        viewChanged(run);
        select(run, [
          [5, "0".repeat(64)],
          [6, "batch-6"],
        ]);
      }),
      outcome: "invalid",
      shows: /NEW-VIEW 1 selects 0+ at n=5, where batch-5 had committed in view 0/,
    },
    {
      claim: "a committed number is beyond what is selected",
      run: changed((run) => {
        viewChanged(run);
        select(run, [[5, "batch-5"]]);
      }),
      outcome: "invalid",
      shows: /selects nothing at n=6/,
    },
    {
      claim: "a VIEW-CHANGE leaves out what its sender had prepared",
      run: changed((run) => {
        viewChanged(run);
        rewrite(run, 2, (r) => (r.e === "viewchange" ? { ...r, h: 5 } : r));
      }),
      outcome: "invalid",
      shows: /VIEW-CHANGE 1 of r2 does not say that it prepared batch-6 at n=6 in view 0/,
    },
    {
      claim: "a VIEW-CHANGE names it with another digest",
      run: changed((run) => {
        viewChanged(run);
        rewrite(run, 2, (r) => {
          return r.e === "viewchange" ? { ...r, h: 5, p: [[6, "batch-5", 0]] } : r;
        });
      }),
      outcome: "invalid",
      shows: /does not say that it prepared batch-6 at n=6/,
    },
    {
      claim: "a VIEW-CHANGE names a lower view than the last it was prepared in",
      run: changed((run) => {
        viewChanged(run);
        audit(run, 2, 1_950, { e: "prepared", v: 1, n: 6, d: "batch-6", by: [1, 2, 3] });
        const p = [
          [6, "batch-6", 0],
          [7, "batch-7", 1],
        ] as const;
        audit(run, 2, 1_960, { e: "viewchange", v: 2, h: 5, p });
      }),
      outcome: "invalid",
      shows: /VIEW-CHANGE 2 of r2 does not say that it prepared batch-6 at n=6 in view 1/,
    },
    {
      claim: "a VIEW-CHANGE that names all of it",
      run: changed((run) => {
        viewChanged(run);
        rewrite(run, 2, (r) => {
          return r.e === "viewchange" ? { ...r, h: 5, p: [[6, "batch-6", 0]] } : r;
        });
      }),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "a decision learned only later counts as well",
      run: changed((run) => {
        viewChanged(run);
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (r) => (r.e === "committed" && r.n === 6 ? undefined : r));
        }
        audit(run, 3, 1_900, { e: "decided", v: 0, n: 6, d: "batch-6", by: [0, 1, 2] });
        select(run, [[5, "batch-5"]]);
      }),
      outcome: "invalid",
      shows: /selects nothing at n=6/,
    },
  ],
  blindness: {
    "new-view-soundness.ts": [
      ["any digest may be selected", "digest === certificate.d", "digest !== undefined"],
      [
        "a number may be left out",
        "digest === certificate.d",
        "digest === undefined || digest === certificate.d",
      ],
      [
        "learned decisions do not count",
        'record.e === "committed" || record.e === "decided"',
        'record.e === "committed"',
      ],
      ["nothing need be named", "violations.push(...concealed(log))", "concealed(log)"],
      ["any digest may be named", "entry.d === known.d", "true"],
      ["any view may be named", "entry.view >= known.v", "entry.view >= 0"],
      [
        "certificates of this view count",
        "certificate.v >= record.v || certificate.n <= record.base",
        "certificate.n < record.base",
      ],
    ],
  },
};
