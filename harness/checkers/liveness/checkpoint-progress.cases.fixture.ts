import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { checkpointProgress } from "./checkpoint-progress.ts";

/** These make nothing above n=2 stable, before `ms` if that is said. */
function unstable(run: Run, replicas = [0, 1, 2, 3], ms = Number.POSITIVE_INFINITY): void {
  for (const replica of replicas) {
    rewrite(run, replica, (record) => {
      if (record.e !== "stable" || record.n <= 2) return record;
      return ms === Number.POSITIVE_INFINITY ? undefined : { ...record, time: ms * MS };
    });
  }
}

/** These never take the checkpoint of n=4. */
function without(run: Run, replicas: readonly number[]): void {
  for (const replica of replicas) {
    rewrite(run, replica, (r) => (r.e === "checkpoint" && r.n === 4 ? undefined : r));
  }
}

/** Replica 3 does not make n=6 stable, for which the bound is too long to be over. */
function lastUnheard(run: Run): void {
  run.plan = { ...run.plan, recoveryBound: { totalMs: 900, parts: { all: 900 } } };
  rewrite(run, 3, (r) => (r.e === "stable" && r.n === 6 ? undefined : r));
}

/** n=4 is taken at 424 ms and owed within 300 ms; n=6 at 1 124 ms. */
export const checkpointProgressCases: CheckerCases = {
  checker: checkpointProgress,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 12 },
    {
      claim: "no checkpoint becomes stable any more although work goes on",
      run: changed((run) => unstable(run)),
      outcome: "invalid",
      shows: /checkpoint of n=4 at 424 ms, r0 held no more than n=2 stable at 724 ms/,
    },
    {
      claim: "none becomes stable at all",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) => (record.e === "stable" ? undefined : record));
        }
      }),
      outcome: "invalid",
      shows: /checkpoint of n=2 at 224 ms, r0 held nothing stable at 524 ms/,
    },
    {
      claim: "one that becomes stable in time",
      run: changed((run) => unstable(run, [0, 1, 2, 3], 720)),
      outcome: "valid",
    },
    {
      claim: "one that becomes stable too late",
      run: changed((run) => unstable(run, [0, 1, 2, 3], 730)),
      outcome: "invalid",
      shows: /n=4 .* r0 held no more than n=2 stable at 724 ms/,
    },
    {
      claim: "one replica never hears of it",
      run: changed((run) => unstable(run, [3])),
      outcome: "invalid",
      shows: /r3 held no more than n=2 stable at 724 ms/,
    },
    {
      claim: "a liar never says so",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(3), at: 100, until: 150 });
        unstable(run, [3]);
      }),
      outcome: "valid",
    },
    {
      claim: "one that is down never hears of it",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(3), at: 300, until: Number.POSITIVE_INFINITY });
        unstable(run, [3]);
      }),
      outcome: "valid",
    },
    {
      claim: "one that was down before never hears of it",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(3), at: 100, until: 200 });
        unstable(run, [3]);
      }),
      outcome: "invalid",
      shows: /r3 held no more than n=2 stable at 724 ms/,
    },
    {
      claim: "one that a restart finds on the disk, its line lost",
      run: changed((run) => {
        unstable(run, [3]);
        audit(run, 3, 600, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "one that is fetched",
      run: changed((run) => {
        unstable(run, [3]);
        audit(run, 3, 600, {
          e: "installed",
          n: 6,
          d: "state-6",
          fetched: { nodes: 1, bytes: 10 },
        });
      }),
      outcome: "valid",
    },
    {
      claim: "one that too few have taken",
      run: changed((run) => {
        unstable(run, [0, 1, 2, 3], 1_200);
        without(run, [0, 1]);
      }),
      outcome: "valid",
    },
    {
      claim: "a run that has come to rest, and one has not heard of the last",
      run: changed(lastUnheard),
      outcome: "invalid",
      shows: /n=6 at 1124 ms, r3 held no more than n=4 stable at 2000 ms/,
    },
    {
      claim: "a run that moves to its end",
      run: changed((run) => {
        lastUnheard(run);
        audit(run, 1, 1_900, { e: "preprepared", v: 0, n: 8, d: "batch-8", as: "backup" });
      }),
      outcome: "valid",
    },
    {
      claim: "faults that come one after the other",
      run: changed((run) => {
        unstable(run);
        for (let at = 300; at < 1_900; at += 200) {
          inject(run, { entry: `crash-${at}`, effects: down(3), at, until: at + 50 });
        }
      }),
      outcome: "valid",
    },
    {
      claim: "more away than may be",
      run: changed((run) => {
        unstable(run);
        inject(run, { entry: "crash", effects: down(2, 3), at: 300, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "a log that may tell of it ends before",
      run: changed((run) => {
        unstable(run, [3]);
        Object.assign(run, cutAfter(run, FILES.audit(3), 700));
      }),
      outcome: "unknown",
      shows: /stable at 724 ms, but .*r3.jsonl is complete only until/,
    },
  ],
  blindness: {
    "checkpoint-progress.ts": [
      ["any mark will do", "mark.n >= line.n", "mark.n >= 0"],
      ["it may come whenever it comes", "line.time <= until", "line.time > 0"],
      ["a restart finds nothing", 'if (line.e === "boot") return line.h;', ""],
      [
        "one that takes it is enough",
        "known.add(replica).size === quorum",
        "known.add(replica).size === 1",
      ],
      ["it is owed while it is not", "if (deadline <= span.to) return", "if (deadline > 0) return"],
    ],
    "spans.ts": [
      ["who is down owes it, too", "strikes.spare(replica, { from, to })", "replica >= 0"],
      ["a run never comes to rest", "rest === null ? calm", "rest !== undefined ? calm"],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
