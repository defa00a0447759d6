import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { quietRun, rewrite } from "../run.fixture.ts";
import { commitSupport } from "./commit-support.ts";

export const commitSupportCases: CheckerCases = {
  checker: commitSupport,
  cases: [
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
  blindness: {
    "commit-support.ts": [
      ["no support is needed", "support.size > faultsMax", "true"],
      ["one good replica is enough", "support.size > faultsMax", "support.size > 0"],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
