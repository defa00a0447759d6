import { type CheckerCases, changed, transferred } from "../case.fixture.ts";
import { ALICE, audit, MS, quietRun, rewrite } from "../run.fixture.ts";
import { exactlyOnce } from "./exactly-once.ts";

export const exactlyOnceCases: CheckerCases = {
  checker: exactlyOnce,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "an operation takes effect at two numbers",
      run: changed((run) =>
        audit(run, 1, 1_700, {
          e: "executed",
          n: 8,
          d: "batch-8",
          ops: [[ALICE, 1, "result", "operation"]],
        }),
      ),
      outcome: "invalid",
      shows: /\(client 65537, t=1\) took effect at n=1 and at n=8/,
    },
    {
      claim: "twice in one batch",
      run: changed((run) =>
        rewrite(run, 2, (r) =>
          r.e === "executed" && r.n === 3 ? { ...r, ops: [...r.ops, ...r.ops] } : r,
        ),
      ),
      outcome: "invalid",
      shows: /n=3 and at n=3/,
    },
    {
      claim: "again after a state transfer, where the others did not",
      run: changed((run) => {
        transferred(run);
        audit(run, 3, 1_800, {
          e: "executed",
          n: 8,
          d: "batch-8",
          ops: [[ALICE, 1, "result", "operation"]],
        });
      }),
      outcome: "invalid",
      shows: /n=1 and at n=8/,
    },
    {
      claim: "the same number again after a restart is no second effect",
      run: changed((run) => {
        const again = run.audits.get(3)?.filter((r) => r.e === "executed" && r.n < 3);
        rewrite(run, 3, (r) => (r.time > 260 * MS ? undefined : r));
        audit(run, 3, 300, { e: "boot", v: 0, h: 0, lastExec: 0, boot: 2 });
        for (const record of again ?? []) audit(run, 3, 310, { ...record, boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "the same number again without a restart is one",
      run: changed((run) => {
        const again = run.audits.get(3)?.find((r) => r.e === "executed" && r.n === 2);
        if (again !== undefined) audit(run, 3, 270, again);
      }),
      outcome: "invalid",
      shows: /n=2 and at n=2/,
    },
  ],
  blindness: {
    "exactly-once.ts": [
      ["two numbers are fine", "other.n !== record.n || again !== null", "again !== null"],
      [
        "the same number twice is fine",
        "other.n !== record.n || again !== null",
        "other.n !== record.n",
      ],
      ["a restart makes a second effect", 'record.e === "boot" || ', ""],
    ],
  },
};
