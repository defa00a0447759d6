import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import {
  type CheckerCases,
  changed,
  executedAt,
  restarted,
  TRUSTS_WHAT_IS_LEFT,
  transferred,
} from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { prefix } from "./prefix.ts";

export const prefixCases: CheckerCases = {
  checker: prefix,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 28 },
    {
      claim: "a number is left out",
      run: changed((run) =>
        rewrite(
          run,
          1,
          executedAt(4, () => undefined),
        ),
      ),
      outcome: "invalid",
      shows: /r1 executed n=5 after n=3/,
    },
    {
      claim: "a number is executed twice in one life",
      run: changed((run) => {
        const again = run.audits.get(1)?.find((r) => r.e === "executed" && r.n === 5);
        if (again !== undefined) audit(run, 1, 700, again);
      }),
      outcome: "invalid",
      shows: /r1 executed n=5 after n=5/,
    },
    {
      claim: "the same digest with other operations",
      run: changed((run) =>
        rewrite(
          run,
          2,
          executedAt(5, (r) => (r.e === "executed" ? { ...r, ops: r.ops.toReversed() } : r)),
        ),
      ),
      outcome: "invalid",
      shows: /n=5: r0 and r2 executed other operations/,
    },
    {
      claim: "logs that begin at a checkpoint, as of a run that joined the cluster",
      run: changed((run) => beginAtCheckpoint(run, () => true)),
      outcome: "valid",
    },
    {
      claim: "such a log that leaves out the number after the checkpoint",
      run: changed((run) => beginAtCheckpoint(run, (r) => r.e !== "executed" || r.n !== 5)),
      outcome: "invalid",
      shows: /r0 executed n=6 after n=4/,
    },
    { claim: "a restart from a checkpoint", run: changed(restarted), outcome: "valid" },
    {
      claim: "what is executed again after a restart",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(3), at: 1_150, until: 1_200 });
        const again = run.audits.get(3)?.filter((r) => r.e === "executed" && r.n > 4 && r.n < 7);
        audit(run, 3, 1_201, { e: "boot", v: 0, h: 4, lastExec: 4, boot: 2 });
        for (const record of again ?? [])
          audit(run, 3, 1_210 + (record.e === "executed" ? record.n : 0), { ...record, boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "a restart where nobody took a checkpoint",
      run: changed((run) => {
        rewrite(run, 3, (record) => (record.time > 1_200 * MS ? undefined : record));
        audit(run, 3, 1_201, { e: "boot", v: 0, h: 5, lastExec: 5, boot: 2 });
      }),
      outcome: "invalid",
      shows: /r3 started at n=5/,
    },
    { claim: "a state transfer", run: changed(transferred), outcome: "valid" },
    {
      claim: "a transfer of a state nobody was in",
      run: changed((run) => {
        transferred(run);
        rewrite(run, 3, (r) => (r.e === "installed" ? { ...r, d: "made up" } : r));
      }),
      outcome: "invalid",
      shows: /r3 installed \(6, made up\)/,
    },
    {
      claim: "a transfer back to an older state",
      run: changed((run) =>
        audit(run, 3, 1_600, {
          e: "installed",
          n: 4,
          d: "state-4",
          fetched: { nodes: 1, bytes: 40 },
        }),
      ),
      outcome: "invalid",
      shows: /r3 went back from n=7 to n=4/,
    },
    {
      claim: "a corrupt replica may go back",
      run: changed((run) => {
        audit(run, 3, 1_590, { e: "corrupt", n: 4, own: "bad", stable: "state-4" });
        audit(run, 3, 1_600, {
          e: "installed",
          n: 4,
          d: "state-4",
          fetched: { nodes: 1, bytes: 40 },
        });
      }),
      outcome: "valid",
    },
    {
      claim: "a transfer of a state that whoever was in it may have logged since",
      run: () => {
        const run = quietRun();
        transferred(run);
        for (const replica of [0, 1, 2]) {
          rewrite(run, replica, (r) => (r.time > 1_100e6 ? undefined : r));
        }
        return cutAfter(run, FILES.audit(1), 1_000);
      },
      outcome: "unknown",
      shows: /a state no good replica was in, but audit.r0.jsonl|but audit.r1.jsonl is complete/,
    },
  ],
  blindness: {
    "prefix.ts": [
      ["gaps are fine", "record.n !== position + 1", "record.n < position"],
      ["executing a number twice is fine", "record.n !== position + 1", "record.n > position + 1"],
      ["operations are not compared", "commandsOf(other) !== commandsOf(record)", "false"],
      ["any start is fine", "record.lastExec > 0 && !taken.numbers.has(record.lastExec)", "false"],
      ["any snapshot is fine", "!taken.exact.has(`${record.n} ${record.d}`)", "false"],
      [
        "a snapshot's digest does not matter",
        "!taken.exact.has(`${record.n} ${record.d}`)",
        "!taken.numbers.has(record.n)",
      ],
      ["going back is fine", "record.n < position && !corrupt", "false"],
      ["a corrupt replica may not go back", "corrupt = true;", ""],
      ["a restart counts as a gap", "position = record.lastExec;", ""],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};

function beginAtCheckpoint(run: Run, keeps: (record: AuditRecord) => boolean): void {
  for (const replica of run.audits.keys()) {
    let begun = false;
    rewrite(run, replica, (record) => {
      begun ||= record.e === "checkpoint";
      return begun && keeps(record) ? record : undefined;
    });
  }
}
