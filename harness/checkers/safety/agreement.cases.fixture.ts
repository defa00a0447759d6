import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, executedAt, restarted } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, inject, lying, quietRun, rewrite } from "../run.fixture.ts";
import { agreement } from "./agreement.ts";

export const agreementCases: CheckerCases = {
  checker: agreement,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 7 },
    {
      claim: "a replica executes another digest",
      run: changed((run) =>
        rewrite(
          run,
          2,
          executedAt(3, (r) => ({ ...r, d: "other" }) as AuditRecord),
        ),
      ),
      outcome: "invalid",
      shows: /n=3: r\d .*, r\d /,
    },
    {
      claim: "a replica only commits another digest",
      run: changed((run) =>
        audit(run, 1, 700, { e: "committed", v: 1, n: 5, d: "other", by: [1, 2, 3] }),
      ),
      outcome: "invalid",
      shows: /n=5/,
    },
    {
      claim: "a replica learns another decision",
      run: changed((run) =>
        audit(run, 1, 700, { e: "decided", v: 1, n: 5, d: "other", by: [1, 2, 3] }),
      ),
      outcome: "invalid",
      shows: /n=5/,
    },
    {
      claim: "a replica is told another decision",
      run: changed((run) => audit(run, 1, 700, { e: "stated", n: 5, d: "other", by: [2, 3] })),
      outcome: "invalid",
      shows: /n=5/,
    },
    {
      claim: "one replica executes two digests in two lives",
      run: changed((run) => {
        restarted(run);
        audit(run, 3, 1_300, { e: "executed", n: 6, d: "other", ops: [], boot: 2 });
      }),
      outcome: "invalid",
      shows: /n=6: r\d \w+ batch-6, r3 executed other/,
    },
    {
      claim: "what a lying replica logs is no evidence",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(2), at: 60, until: 900 });
        rewrite(
          run,
          2,
          executedAt(3, (r) => ({ ...r, d: "other" }) as AuditRecord),
        );
      }),
      outcome: "valid",
    },
    {
      claim: "who may have been a liar since the ledger ends is no witness",
      run: () => {
        const run = quietRun();
        inject(run, { entry: "lie", effects: lying(2), at: 60, until: 900 });
        rewrite(run, 2, (r) => (r.e === "executed" && r.n === 3 ? { ...r, d: "other" } : r));
        return cutAfter(run, FILES.ledger, 55);
      },
      outcome: "valid",
    },
  ],
  blindness: {
    "agreement.ts": [
      ["two digests are no conflict", "other.d !== record.d &&", "false &&"],
      ["only executions count", ', "committed", "decided", "stated"]', "]"],
      ["decisions that were learned do not count", '"decided", ', ""],
      ["decisions that were told do not count", ', "stated"]', "]"],
      [
        "what liars log counts",
        "const logs = goodLogs(input);",
        "const logs = [...input.observations.audits];",
      ],
    ],
  },
};
