/** For each checker of how replicas agree: a valid run, and planted violations. */
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import { type Case, changed } from "./case.fixture.ts";
import {
  audit,
  digests,
  down,
  inject,
  lying,
  MS,
  quietRun,
  type Run,
  rewrite,
} from "./run.fixture.ts";

/** Everybody moves to view 1 at 1 200 ms; n=7 is ordered there. */
function viewChanged(run: Run): void {
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (record) => {
      if (record.time < 1_200 * MS || !("v" in record)) return record;
      if (record.e !== "preprepared") return { ...record, v: 1 };
      return { ...record, v: 1, as: replica === 1 ? "primary" : "backup" };
    });
    audit(run, replica, 1_200, { e: "viewchange", v: 1, h: 6, p: [] });
    audit(run, replica, 1_210, {
      e: "newview",
      v: 1,
      from: [0, 1, 2],
      base: 4,
      selected: [
        [5, "batch-5"],
        [6, "batch-6"],
      ],
    });
  }
}

function select(run: Run, selected: readonly (readonly [number, string])[]): void {
  rewrite(run, 2, (record) => (record.e === "newview" ? { ...record, selected } : record));
}

/** Replica 3 is killed at 1 600 ms and comes back with what is given. */
function killed(run: Run, ...after: readonly AuditRecord[]): void {
  crashed(run);
  for (const record of after) audit(run, 3, record.time / MS, { ...record, boot: 2 });
}

function crashed(run: Run): void {
  inject(run, { entry: "crash", effects: down(3), at: 1_600, until: 1_700 });
}

function boot(v: number): AuditRecord {
  return { e: "boot", v, h: 6, lastExec: 6, time: 1_701 * MS, replica: 3, boot: 2 };
}

function proposed(replica: number, d: string, ms: number): AuditRecord {
  const as = replica === 0 ? "primary" : "backup";
  return { e: "preprepared", v: 0, n: 9, d, as, time: ms * MS, replica, boot: 1 };
}

export const orderingCases: Readonly<Record<string, readonly Case[]>> = {
  "S-8": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 3 },
    {
      claim: "a replica takes another checkpoint",
      run: changed((run) => audit(run, 2, 700, { e: "checkpoint", n: 4, d: "other" })),
      outcome: "invalid",
      shows: /checkpoint n=4: r0 checkpoint state-4, r2 checkpoint other/,
    },
    {
      claim: "another digest becomes stable",
      run: changed((run) => audit(run, 2, 700, { e: "stable", n: 4, d: "other", by: [0, 1, 2] })),
      outcome: "invalid",
      shows: /stable other/,
    },
    {
      claim: "another state is installed",
      run: changed((run) =>
        audit(run, 2, 700, { e: "installed", n: 4, d: "other", fetched: { nodes: 1, bytes: 40 } }),
      ),
      outcome: "invalid",
      shows: /installed other/,
    },
    {
      claim: "a good replica finds itself corrupt",
      run: changed((run) => audit(run, 2, 700, { e: "corrupt", n: 4, own: "a", stable: "b" })),
      outcome: "invalid",
      shows: /r2 found its own state corrupt/,
    },
    {
      claim: "polled at one number, they hold two states",
      run: changed((run) => {
        const status = {
          view: 0,
          active: true,
          lastExec: 7,
          stable: 6,
          rejected: {},
          counters: {},
        };
        const sample = { time: 1_800 * MS, up: true, status };
        run.samples = [
          { ...sample, replica: 0, stateDigest: "same" },
          { ...sample, replica: 1, stateDigest: "other" },
        ];
      }),
      outcome: "invalid",
      shows: /r0 and r1 hold different states after n=7/,
    },
    {
      claim: "at the end they hold two states",
      run: changed((run) => {
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged"
            ? { ...line, digests: { ...digests("same"), r3: "other" } }
            : line,
        );
      }),
      outcome: "invalid",
      shows: /2 different states/,
    },
  ],
  "S-9": [
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
  "S-10": [
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
  "S-11": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 68 },
    {
      claim: "committed with one too few",
      run: changed((run) => {
        crashed(run);
        rewrite(run, 1, (r) => (r.e === "committed" ? { ...r, by: [0, 1] } : r));
      }),
      outcome: "invalid",
      shows: /r1: committed n=1 with only 2 replicas/,
    },
    {
      claim: "one replica counted twice",
      run: changed((run) => {
        crashed(run);
        rewrite(run, 1, (r) => (r.e === "prepared" ? { ...r, by: [0, 1, 1] } : r));
      }),
      outcome: "invalid",
      shows: /prepared n=1 with only 2 replicas/,
    },
    {
      claim: "with one too few where nothing went wrong",
      run: changed((run) =>
        rewrite(run, 1, (r) => (r.e === "committed" ? { ...r, by: [0, 1] } : r)),
      ),
      outcome: "valid",
    },
    {
      claim: "stable with f+1",
      run: changed((run) => {
        crashed(run);
        rewrite(run, 1, (r) => (r.e === "stable" ? { ...r, by: [0, 1] } : r));
      }),
      outcome: "invalid",
      shows: /stable n=2 with only 2 replicas/,
    },
    {
      claim: "a COMMIT that its sender never gave",
      run: changed((run) =>
        rewrite(run, 2, (r) => (r.e === "prepared" && r.n === 3 ? undefined : r)),
      ),
      outcome: "invalid",
      shows: /committed n=3 names r2, which never supported it/,
    },
    {
      claim: "a checkpoint that its sender never took",
      run: changed((run) => rewrite(run, 2, (r) => (r.e === "checkpoint" ? undefined : r))),
      outcome: "invalid",
      shows: /stable n=2 names r2/,
    },
    {
      claim: "a decision learned from f+1",
      run: changed((run) =>
        audit(run, 1, 700, { e: "decided", v: 0, n: 5, d: "batch-5", by: [0, 2] }),
      ),
      outcome: "valid",
    },
  ],
  "S-12": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 28 },
    {
      claim: "committed where one good replica had prepared",
      run: changed((run) => {
        for (const replica of [0, 1, 2]) {
          rewrite(run, replica, (r) => (r.e === "prepared" && r.n === 4 ? undefined : r));
        }
      }),
      outcome: "invalid",
      shows: /committed n=4 in view 0, which 1 good replicas had prepared/,
    },
  ],
  "S-13": [
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
};
