/** For each checker of what replicas execute: a valid run, and planted violations. */
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import {
  type Case,
  changed,
  executedAt,
  restarted,
  transferred,
  withOperation,
} from "./case.fixture.ts";
import { ALICE, audit, BOB, down, inject, lying, MS, quietRun, rewrite } from "./run.fixture.ts";

export const executionCases: Readonly<Record<string, readonly Case[]>> = {
  "S-1": [
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
  ],
  "S-2": [
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
  ],
  "S-3": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "an operation nobody sent",
      run: changed((run) => {
        run.history = run.history.filter(({ client, t }) => client !== ALICE || t !== 2);
      }),
      outcome: "invalid",
      shows: /\(client 65537, t=2\) at n=3, which was never sent/,
    },
    {
      claim: "an operation executed before it was sent",
      run: changed((run) => {
        run.history = run.history.map((event) =>
          event.client === ALICE && event.t === 2
            ? { ...event, time: event.time + 200 * MS }
            : event,
        );
      }),
      outcome: "invalid",
      shows: /before it was sent/,
    },
    {
      claim: "an operation executed as one that another client sent",
      run: changed((run) =>
        rewrite(
          run,
          0,
          withOperation(([client, t, result, operation]) => [
            client,
            t,
            result,
            client === BOB && t === 3 ? 'operation ["append","b","z"]' : operation,
          ]),
        ),
      ),
      outcome: "invalid",
      shows: /t=3\) at n=5 as another operation/,
    },
    {
      claim: "one operation executed as two different ones on two replicas",
      run: changed((run) =>
        rewrite(
          run,
          3,
          withOperation(([client, t, result, operation]) => [
            client,
            t,
            result,
            client === BOB && t === 3 ? "made up" : operation,
          ]),
        ),
      ),
      outcome: "invalid",
      shows: /as another operation/,
    },
  ],
  "S-4": [
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
  "S-5": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a replica computes another result",
      run: changed((run) =>
        rewrite(
          run,
          1,
          withOperation(([client, t, result, o]) => [client, t, t === 4 ? "wrong" : result, o]),
        ),
      ),
      outcome: "invalid",
      shows: /r0 computed .*, r1 wrong/,
    },
  ],
};
