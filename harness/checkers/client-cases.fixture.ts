import { type Case, changed, transferred } from "./case.fixture.ts";
import { ALICE, audit, BOB, historyOf, MS, OPERATIONS, quietRun, rewrite } from "./run.fixture.ts";

/** For each checker of what the clients saw: a valid run, and planted violations. */
export const clientCases: Readonly<Record<string, readonly Case[]>> = {
  "S-6": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a stale read",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.client === BOB && op.t === 2 ? { ...op, value: "x" } : op)),
        );
      }),
      outcome: "invalid",
      shows: /operations on a explains/,
    },
    {
      claim: "a read of what nobody wrote",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.client === BOB && op.t === 4 ? { ...op, value: "?" } : op)),
        );
      }),
      outcome: "invalid",
      shows: /operations on b explains/,
    },
    {
      claim: "a lost write",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.client === BOB && op.t === 1 ? { ...op, value: null } : op)),
        );
      }),
      outcome: "invalid",
    },
    {
      claim: "a cas that must have swapped and says it did not",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.n === 6 ? { ...op, value: ["y", "q"] as const } : op)),
        );
      }),
      outcome: "invalid",
    },
    {
      claim: "an answer that is none",
      run: changed((run) => {
        run.history = run.history.map((event) =>
          event.client === BOB && event.t === 4 && event.type === "ok"
            ? { ...event, type: "fail" as const }
            : event,
        );
      }),
      outcome: "invalid",
      shows: /answer to a read of b is none/,
    },
    {
      claim: "a write whose answer never came, and which is seen later",
      run: changed((run) => {
        run.history = run.history.map((event) =>
          event.client === ALICE && event.t === 2 && event.type === "ok"
            ? { ...event, type: "info" as const }
            : event,
        );
      }),
      outcome: "valid",
    },
    {
      claim: "two appends and a read of both",
      run: changed((run) => {
        const common = { client: ALICE, key: "c" } as const;
        run.history = historyOf([
          { ...common, t: 1, f: "append", value: "x", at: 100, until: 110, n: 1 },
          { ...common, t: 2, f: "append", value: "y", at: 200, until: 210, n: 2 },
          { ...common, t: 3, f: "read", value: "xy", at: 300, until: 310, n: 3 },
        ]);
      }),
      outcome: "valid",
    },
    {
      claim: "the null service keeps nothing",
      run: changed((run) => {
        run.plan.cluster = {
          ...run.plan.cluster,
          service: { name: "null", argumentBytes: 0, resultBytes: 0 },
        };
      }),
      outcome: "not-applicable",
      judged: 0,
    },
  ],
  "S-7": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a later operation gets a lower number",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (r) => {
            if (r.e !== "executed" || (r.n !== 3 && r.n !== 4)) return r;
            return { ...r, n: 7 - r.n };
          });
        }
      }),
      outcome: "invalid",
      shows: /answered at n=4 before another was sent that got n=3/,
    },
  ],
  "S-16": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "an acknowledged operation that nobody executed",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (r) => (r.e === "executed" && r.n === 7 ? undefined : r));
        }
      }),
      outcome: "invalid",
      shows: /t=4: read of b\) was acknowledged and is missing from nobody's|missing/,
    },
    {
      claim: "forgotten by all at a restart",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          audit(run, replica, 1_600, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
        }
      }),
      outcome: "invalid",
      shows: /t=4/,
    },
    {
      claim: "executed again after the restart of all",
      run: changed((run) => {
        for (const [replica, records] of run.audits) {
          const again = records.find((r) => r.e === "executed" && r.n === 7);
          audit(run, replica, 1_600, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
          if (again !== undefined) audit(run, replica, 1_610, { ...again, boot: 2 });
        }
      }),
      outcome: "valid",
    },
    {
      claim: "one replica lost it and went on with another number",
      run: changed((run) => {
        rewrite(run, 1, (r) =>
          r.e === "executed" && r.n === 5 ? { ...r, ops: r.ops.slice(0, 1) } : r,
        );
        rewrite(run, 2, (r) => (r.e === "executed" && r.n === 5 ? undefined : r));
      }),
      outcome: "invalid",
      shows: /missing from r2 state/,
    },
    { claim: "covered by a transferred snapshot", run: changed(transferred), outcome: "valid" },
    {
      claim: "hidden under a snapshot that no other replica went through",
      run: changed((run) => {
        transferred(run);
        rewrite(run, 3, (r) => (r.e === "installed" ? { ...r, n: 60 } : r));
      }),
      outcome: "invalid",
      shows: /missing from r3 state/,
    },
    {
      claim: "a replica that is behind has lost nothing",
      run: changed((run) => rewrite(run, 3, (r) => (r.time > 1_000 * MS ? undefined : r))),
      outcome: "valid",
    },
  ],
};
