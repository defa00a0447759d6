import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { type CheckerCases, changed, crashed, viewChanged } from "../case.fixture.ts";
import { audit, MS, quietRun, type Run } from "../run.fixture.ts";
import { viewMonotonicity } from "./view-monotonicity.ts";

/** Replica 3 is killed at 1 600 ms and comes back with what is given. */
function killed(run: Run, ...after: readonly AuditRecord[]): void {
  crashed(run);
  for (const record of after) audit(run, 3, record.time / MS, { ...record, boot: 2 });
}

function boot(v: number): AuditRecord {
  return { e: "boot", v, h: 6, lastExec: 6, time: 1_701 * MS, replica: 3, boot: 2 };
}

export const viewMonotonicityCases: CheckerCases = {
  checker: viewMonotonicity,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 60 },
    { claim: "a view change", run: changed(viewChanged), outcome: "valid" },
    {
      claim: "a vote in a view that was left",
      run: changed((run) => {
        viewChanged(run);
        audit(run, 2, 1_205, { e: "prepared", v: 0, n: 7, d: "batch-7", by: [0, 1, 2] });
      }),
      outcome: "invalid",
      shows: /r2: prepared in view 0 after view 1/,
    },
    {
      claim: "a proposal accepted in a view that was left",
      run: changed((run) => {
        viewChanged(run);
        audit(run, 2, 1_205, { e: "preprepared", v: 0, n: 7, d: "batch-7", as: "backup" });
      }),
      outcome: "invalid",
      shows: /r2: preprepared in view 0 after view 1/,
    },
    {
      claim: "a new view below the one entered",
      run: changed((run) => {
        viewChanged(run);
        audit(run, 2, 1_700, { e: "newview", v: 0, from: [0, 1, 3], base: 6, selected: [] });
      }),
      outcome: "invalid",
      shows: /newview in view 0/,
    },
    {
      claim: "a restart that remembers the view it left for",
      run: changed((run) => {
        audit(run, 3, 1_590, { e: "viewchange", v: 1, h: 6, p: [] });
        killed(run, boot(1));
      }),
      outcome: "valid",
    },
    {
      claim: "a restart that forgets its view change",
      run: changed((run) => {
        audit(run, 3, 1_590, { e: "viewchange", v: 1, h: 6, p: [] });
        killed(run, boot(0));
      }),
      outcome: "invalid",
      shows: /r3: boot in view 0 after view 1/,
    },
  ],
  blindness: {
    "view-monotonicity.ts": [
      ["lower views are fine", "record.v < highest.v", "false"],
      ["votes do not count", '      case "preprepared":\n      case "prepared": {', "      {"],
      [
        "a restart may go back",
        '      case "boot":\n      case "viewchange":',
        '      case "viewchange":',
      ],
    ],
  },
};
