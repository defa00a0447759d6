import { type CheckerCases, changed, viewChanged } from "../case.fixture.ts";
import { audit, inject, lying, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { accountability } from "./accountability.ts";

/** A backup has two PRE-PREPAREs of the primary of view 0. */
function caught(run: Run): void {
  audit(run, 2, 700, { e: "evidence", against: 0, what: "two PRE-PREPAREs", v: 0, n: 5 });
}

/** Replica 1 accepts another batch at n=3 than the primary says it proposed. */
function told(run: Run): void {
  rewrite(run, 1, (record) =>
    record.e === "preprepared" && record.n === 3 ? { ...record, d: "other" } : record,
  );
}

function liar(replica: number): (run: Run) => void {
  return (run) => inject(run, { entry: "lie", effects: lying(replica), at: 100, until: 1_900 });
}

export const accountabilityCases: CheckerCases = {
  checker: accountability,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 21 },
    { claim: "a view change", run: changed(viewChanged), outcome: "valid" },
    {
      claim: "evidence against a good primary",
      run: changed(caught),
      outcome: "invalid",
      shows: /r2 has two PRE-PREPAREs of r0 at \(v=0, n=5\), which is good/,
    },
    {
      claim: "evidence against a liar",
      run: changed((run) => {
        caught(run);
        liar(0)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a liar's evidence",
      run: changed((run) => {
        caught(run);
        liar(2)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "another proposal than the good primary says it made",
      run: changed(told),
      outcome: "invalid",
      shows: /r1 accepted other at \(v=0, n=3\), where the good primary proposed batch-3/,
    },
    {
      claim: "what a liar says that it accepted",
      run: changed((run) => {
        told(run);
        liar(1)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "another proposal than the lying primary says it made",
      run: changed((run) => {
        told(run);
        liar(0)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number that was proposed anew in another view",
      run: changed((run) => {
        const d = "other";
        audit(run, 1, 1_700, { e: "preprepared", v: 1, n: 7, d, as: "primary" });
        audit(run, 2, 1_700, { e: "preprepared", v: 1, n: 7, d, as: "backup" });
      }),
      outcome: "valid",
    },
  ],
  blindness: {
    "accountability.ts": [
      ["evidence is not looked at", 'record.e === "evidence"', 'record.e === "corrupt"'],
      [
        "good replicas may be accused",
        "if (!input.good.has(record.against)) continue;",
        "continue;",
      ],
      ["bad ones may not", "if (!input.good.has(record.against)) continue;", ""],
      ["digests are not compared", "own.d !== record.d", "false"],
      [
        "a number is proposed once in all views",
        "proposed.set(`${record.v} ${record.n}`, record)",
        "for (let v = 0; v < 3; v += 1) proposed.set(`${v} ${record.n}`, record)",
      ],
    ],
  },
};
