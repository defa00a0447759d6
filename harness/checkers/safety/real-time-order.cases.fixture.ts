import { type CheckerCases, changed } from "../case.fixture.ts";
import { quietRun, rewrite } from "../run.fixture.ts";
import { realTimeOrder } from "./real-time-order.ts";

export const realTimeOrderCases: CheckerCases = {
  checker: realTimeOrder,
  cases: [
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
  blindness: {
    "real-time-order.ts": [
      ["order does not matter", "highest !== null && n <= highest.n", "false"],
      ["answers are not remembered", "highest = { n, event };", ""],
    ],
  },
};
