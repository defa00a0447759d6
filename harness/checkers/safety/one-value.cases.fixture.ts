import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { type CheckerCases, changed } from "../case.fixture.ts";
import { audit, inject, lying, MS, quietRun } from "../run.fixture.ts";
import { oneValue } from "./one-value.ts";

function proposed(replica: number, d: string, ms: number): AuditRecord {
  const as = replica === 0 ? "primary" : "backup";
  return { e: "preprepared", v: 0, n: 9, d, as, time: ms * MS, replica, boot: 1 };
}

export const oneValueCases: CheckerCases = {
  checker: oneValue,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 28 },
    {
      claim: "a backup accepts two proposals for one number",
      run: changed((run) =>
        audit(run, 2, 1_700, { e: "preprepared", v: 0, n: 7, d: "other", as: "backup" }),
      ),
      outcome: "invalid",
      shows: /r2 stood for batch-7 and for other at \(v=0, n=7\)/,
    },
    {
      claim: "prepared with another digest than was accepted",
      run: changed((run) =>
        audit(run, 2, 1_700, { e: "prepared", v: 0, n: 7, d: "other", by: [0, 1, 2] }),
      ),
      outcome: "invalid",
      shows: /r2 stood for batch-7 and for other/,
    },
    {
      claim: "a primary that proposes another batch after a restart",
      run: changed((run) => {
        audit(run, 0, 1_590, proposed(0, "first", 1_590));
        audit(run, 0, 1_700, { ...proposed(0, "second", 1_700), boot: 2 });
      }),
      outcome: "invalid",
      shows: /r0 stood for first and for second/,
    },
    {
      claim: "a backup that forgets its vote at a restart",
      run: changed((run) => {
        // With a lying primary it may have been proposed both, but not accept both.
        inject(run, { entry: "lie", effects: lying(0), at: 60, until: 1_900 });
        audit(run, 3, 1_590, proposed(3, "first", 1_590));
        audit(run, 3, 1_700, { ...proposed(3, "second", 1_700), boot: 2 });
      }),
      outcome: "invalid",
      shows: /r3 stood for first and for second/,
    },
    {
      claim: "two backups that accepted different proposals of a good primary",
      run: changed((run) => {
        audit(run, 1, 1_700, proposed(1, "first", 1_700));
        audit(run, 2, 1_700, proposed(2, "second", 1_700));
      }),
      outcome: "invalid",
      shows: /r1 and r2 were proposed first and second/,
    },
  ],
  blindness: {
    "one-value.ts": [
      [
        "a new life forgets",
        "for (const vote of later) violations.push(twoValues(first, vote));",
        "for (const vote of later) if (vote.boot === first.boot) violations.push(twoValues(first, vote));",
      ],
      [
        "one life may stand for two digests",
        "for (const vote of later) violations.push(twoValues(first, vote));",
        "for (const vote of later) if (vote.boot !== first.boot) violations.push(twoValues(first, vote));",
      ],
      [
        "backups are not compared",
        "else if (other.d !== record.d) violations.push(twoValues(other, record));",
        "",
      ],
      [
        "certificates do not count",
        'record.e !== "preprepared" && record.e !== "prepared"',
        'record.e !== "preprepared"',
      ],
    ],
  },
};
