import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, crashed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { certificates } from "./certificates.ts";

/** Replica 0 tells of n=6, and no line of its log says that it decided that. */
function statedAfterStart(run: Run, lastExec: number): void {
  rewrite(run, 0, (r) =>
    (r.e === "committed" || r.e === "executed") && r.n === 6 ? undefined : r,
  );
  audit(run, 0, 1_600, { e: "boot", v: 0, h: 4, lastExec, boot: 2 });
  audit(run, 1, 1_700, { e: "stated", n: 6, d: "batch-6", by: [0, 2] });
}

export const certificatesCases: CheckerCases = {
  checker: certificates,
  cases: [
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
      claim: "a decision that f+1 state",
      run: changed((run) => audit(run, 1, 700, { e: "stated", n: 5, d: "batch-5", by: [0, 2] })),
      outcome: "valid",
    },
    {
      claim: "a decision learned from f+1 COMMITs",
      run: changed((run) => {
        crashed(run);
        audit(run, 1, 700, { e: "decided", v: 0, n: 5, d: "batch-5", by: [0, 2] });
      }),
      outcome: "invalid",
      shows: /decided n=5 with only 2 replicas/,
    },
    {
      claim: "a decision that one alone states",
      run: changed((run) => {
        crashed(run);
        audit(run, 1, 700, { e: "stated", n: 5, d: "batch-5", by: [0] });
      }),
      outcome: "invalid",
      shows: /stated n=5 with only 1 replicas/,
    },
    {
      claim: "a decision stated by who does not know of it",
      run: changed((run) =>
        audit(run, 1, 700, { e: "stated", n: 5, d: "never-decided", by: [0, 2] }),
      ),
      outcome: "invalid",
      shows: /stated n=5 names r\d, which never supported it/,
    },
    {
      claim: "a decision stated by who started from its state, and whose line of it is lost",
      run: changed((run) => statedAfterStart(run, 6)),
      outcome: "valid",
    },
    {
      claim: "a decision stated by who started from a state before it",
      run: changed((run) => statedAfterStart(run, 4)),
      outcome: "invalid",
      shows: /stated n=6 names r0, which never supported it/,
    },
    {
      claim: "a member whose log breaks off before",
      run: () => cutAfter(quietRun(), FILES.audit(2), 700),
      outcome: "unknown",
      shows: /names r2, which never supported it, but audit.r2.jsonl is complete only until/,
    },
  ],
  blindness: {
    "certificates.ts": [
      ["any size is fine", "disturbed && named.size < neededFor(record, input)", "false"],
      [
        "members may repeat",
        "const named = new Set(record.by);",
        "const named = { size: record.by.length, [Symbol.iterator]: () => record.by.values() };",
      ],
      [
        "f+1 is enough",
        "return Math.ceil((replicas + byzantine + 1) / 2);",
        "return byzantine + 1;",
      ],
      ["a state tells of nothing", "record.n <= started", "false"],
      ["a state tells of what is beyond it", "record.n <= started", "started > 0"],
      ["support need not be given", "if (given.has(`${replica} ${basis}`)) continue;", "continue;"],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
