/** For each checker that concludes from what is not there: what it says where something is missing. */
import { FILES } from "../observations/store.ts";
import { type Case, changed, transferred } from "./case.fixture.ts";
import { brokenOff, cutAfter } from "./cut-short.fixture.ts";
import { ALICE, audit, inject, lying, quietRun, type Run, rewrite } from "./run.fixture.ts";

/** All replicas start again at 1 600 ms from the checkpoint of n=6; they had executed n=7. */
function allRestarted(run: Run): void {
  for (const replica of run.audits.keys()) {
    audit(run, replica, 1_600, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
  }
}

function withoutExecution(run: Run): void {
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (r) => (r.e === "executed" && r.n === 7 ? undefined : r));
  }
}

export const cutShortCases: Readonly<Record<string, readonly Case[]>> = {
  "S-1": [
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
  "S-2": [
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
  "S-3": [
    {
      claim: "executed after the history breaks off",
      run: () => cutAfter(quietRun(), FILES.history, 1_000),
      outcome: "unknown",
      shows: /t=4\) at n=6, which was never sent, but history.jsonl is complete only until 600 ms/,
    },
    {
      claim: "nobody sent it, though the history breaks off later",
      run: () => {
        const run = quietRun();
        run.history = run.history.filter(({ client, t }) => client !== ALICE || t !== 2);
        return cutAfter(run, FILES.history, 1_000);
      },
      outcome: "invalid",
      shows: /t=2\) at n=3, which was never sent/,
    },
    {
      claim: "the history is gone",
      run: () => cutAfter(quietRun(), FILES.history, 0),
      outcome: "unknown",
      shows: /but there is nothing of history.jsonl/,
    },
  ],
  "S-11": [
    {
      claim: "a member whose log breaks off before",
      run: () => cutAfter(quietRun(), FILES.audit(2), 700),
      outcome: "unknown",
      shows: /names r2, which never supported it, but audit.r2.jsonl is complete only until/,
    },
  ],
  "S-12": [
    {
      claim: "who may have prepared it besides is not known",
      run: () => {
        const run = quietRun();
        for (const replica of [0, 1]) {
          rewrite(run, replica, (r) => (r.e === "prepared" && r.n === 4 ? undefined : r));
        }
        return cutAfter(run, FILES.audit(2), 300);
      },
      outcome: "unknown",
      shows: /which 1 good replicas had prepared, but audit.r2.jsonl/,
    },
    {
      claim: "those whose logs go on suffice to show it",
      run: () => {
        const run = quietRun();
        for (const replica of [0, 1, 2]) {
          rewrite(run, replica, (r) => (r.e === "prepared" && r.n === 4 ? undefined : r));
        }
        return cutAfter(run, FILES.audit(3), 300);
      },
      outcome: "invalid",
      shows: /which 0 good replicas had prepared/,
    },
  ],
  "S-16": [
    {
      claim: "a run that is broken off after a restart of all has not come to rest",
      run: changed((run) => {
        allRestarted(run);
        brokenOff(run);
      }),
      outcome: "unknown",
      shows: /missing from nobody's state at the end, but the run did not come to its end/,
    },
    {
      claim: "acknowledged and never executed, though the run was broken off",
      run: changed((run) => {
        withoutExecution(run);
        audit(run, 0, 1_700, { e: "viewchange", v: 1, h: 6, p: [] });
        brokenOff(run);
      }),
      outcome: "invalid",
      shows: /missing/,
    },
  ],
  convergence: [
    {
      claim: "the ledger breaks off before it could say so",
      run: () => cutAfter(quietRun(), FILES.ledger, 1_300),
      outcome: "unknown",
      shows: /not converged .* but ledger.jsonl is complete only until 1200 ms/,
    },
  ],
};
