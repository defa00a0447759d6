import {
  answeredByNobody,
  type CheckerCases,
  changed,
  TRUSTS_ANY_END,
  transferred,
} from "../case.fixture.ts";
import { brokenOff } from "../cut-short.fixture.ts";
import { audit, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { durability } from "./durability.ts";

/** All replicas start again at 1 600 ms from the checkpoint of n=6; they had executed n=7. */
function allRestarted(run: Run): void {
  for (const replica of run.audits.keys()) {
    audit(run, replica, 1_600, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
  }
}

/** The replica got the state of `to` from somebody who had executed it, and not these numbers. */
function fetched(run: Run, replica: number, { from, to }: { from: number; to: number }): void {
  rewrite(run, replica, (record) => {
    if (record.e !== "executed" || record.n < from || record.n > to) return record;
    const { time, boot } = record;
    const pages = { nodes: 1, bytes: 40 };
    return record.n === to
      ? { e: "installed", n: to, d: `state-${to}`, fetched: pages, time, boot, replica }
      : undefined;
  });
}

/** Nobody's line of n=6 is left, three start from their own state of it, and one is given that. */
function killedUponSix(run: Run): void {
  for (const replica of [0, 1, 2]) {
    rewrite(run, replica, (record) =>
      record.e === "executed" && record.n === 6 ? undefined : record,
    );
    audit(run, replica, 1_130, { e: "boot", v: 0, h: 4, lastExec: 6, boot: 2 });
  }
  fetched(run, 3, { from: 5, to: 6 });
}

function withoutExecution(run: Run): void {
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (r) => (r.e === "executed" && r.n === 7 ? undefined : r));
  }
}

export const durabilityCases: CheckerCases = {
  checker: durability,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "an acknowledged operation that nobody executed",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (r) => (r.e === "executed" && r.n === 7 ? undefined : r));
        }
      }),
      outcome: "invalid",
      shows: /t=4: read of b\) was acknowledged and is (in nobody's state|missing) /,
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
      shows: /missing from the state of r2/,
    },
    { claim: "covered by a transferred snapshot", run: changed(transferred), outcome: "valid" },
    {
      claim: "handed on from snapshot to snapshot, none of whose makers executed all of it",
      run: changed((run) => {
        fetched(run, 0, { from: 1, to: 4 });
        for (const replica of [1, 2]) fetched(run, replica, { from: 5, to: 6 });
        fetched(run, 3, { from: 1, to: 6 });
      }),
      outcome: "valid",
    },
    {
      claim: "hidden under a snapshot that no other replica went through",
      run: changed((run) => {
        transferred(run);
        rewrite(run, 3, (r) => (r.e === "installed" ? { ...r, n: 60 } : r));
      }),
      outcome: "invalid",
      shows: /missing from the state of r3/,
    },
    {
      claim: "a replica that is behind has lost nothing",
      run: changed((run) => rewrite(run, 3, (r) => (r.time > 1_000 * MS ? undefined : r))),
      outcome: "valid",
    },
    {
      claim: "executed by all right before a crash that took the lines and left the snapshots",
      run: changed((run) => {
        withoutExecution(run);
        for (const replica of run.audits.keys()) {
          audit(run, replica, 1_530, { e: "boot", v: 0, h: 6, lastExec: 7, boot: 2 });
        }
      }),
      outcome: "valid",
      judged: 7,
    },
    {
      claim: "under a snapshot that all were killed upon, and that one of them got from the others",
      run: changed(killedUponSix),
      outcome: "valid",
    },
    {
      claim: "under one that was transferred to all of them before",
      run: changed((run) => {
        killedUponSix(run);
        for (const replica of [0, 1, 2]) {
          const pages = { nodes: 1, bytes: 40 };
          audit(run, replica, 1_129, { e: "installed", n: 6, d: "state-6", fetched: pages });
        }
      }),
      outcome: "invalid",
      shows: /missing from the state of r3/,
    },
    {
      claim: "what starts after the answer explains nothing",
      run: changed((run) => {
        withoutExecution(run);
        for (const replica of run.audits.keys()) {
          audit(run, replica, 1_600, { e: "boot", v: 0, h: 6, lastExec: 7, boot: 2 });
        }
      }),
      outcome: "invalid",
      shows: /t=4: read of b\) was acknowledged and is in nobody's state/,
    },
    {
      claim: "what was asked for after a state had passed the lost numbers is in none of them",
      run: changed(answeredByNobody),
      outcome: "invalid",
      shows: /t=4: read of b\) was acknowledged and is in nobody's state/,
    },
    {
      claim: "a run that is broken off after a restart of all has not come to rest",
      run: changed((run) => {
        allRestarted(run);
        brokenOff(run);
      }),
      outcome: "unknown",
      shows: /in nobody's state at the end, but the run did not come to its end/,
    },
    {
      claim: "acknowledged and never executed, though the run was broken off",
      run: changed((run) => {
        withoutExecution(run);
        audit(run, 0, 1_700, { e: "viewchange", v: 1, h: 6, p: [] });
        brokenOff(run);
      }),
      outcome: "invalid",
      shows: /missing|in nobody/,
    },
  ],
  blindness: {
    "durability.ts": [
      ["nothing is ever lost", "without.length === 0", "true"],
      ["a restart forgets nothing", 'if (record.e === "boot") return record.lastExec;', ""],
      [
        "any snapshot covers",
        "if (passed.some(isWith)) covering.add(snapshot);",
        "covering.add(snapshot);",
      ],
      [
        "snapshots hand nothing on",
        " || snapshots.some((older) => older < snapshot && covering.has(older));",
        ";",
      ],
      [
        "being behind is a loss",
        "if (executed.has(n) || end < n) return false;",
        "if (executed.has(n)) return false;",
      ],
      [
        "unexecuted operations are fine",
        "n === undefined || lacks(holding, n, holdings)",
        "n !== undefined && lacks(holding, n, holdings)",
      ],
      ["what no log shows is never judged", "if (n !== null) continue;", "continue;"],
      ["what comes after an answer explains it", "event.time + CLOCK_TOLERANCE_NS;", "Infinity;"],
      ["who starts from a snapshot had not come to it", " || own.has(snapshot));", ");"],
      ["whatever it started from is its own", "else if (!transferred.has(built))", "else"],
      ["snapshots cover nothing", "snapshots.push(built);", ""],
    ],
    "../unseen.ts": [
      [
        "states hold no more than logs show",
        "shown === undefined || shown > until",
        "shown !== undefined && shown > until",
      ],
      ["a lost number holds anything", "this.#highest(asked - CLOCK_TOLERANCE_NS)", "0"],
    ],
    "../proof.ts": TRUSTS_ANY_END,
  },
};
