import type { Checker } from "../checker.ts";
import { outcomeOf } from "../evidence.ts";

/** No input may stop an honest replica (protocols §12.7): only the faults of the plan do. */
export const uptime: Checker = {
  id: "uptime",
  summary: "no good replica ends by itself",
  promise: "liveness",
  needs: ["ledger"],
  check({ good, observations: { ledger } }) {
    const violations = ledger.flatMap((line) =>
      line.kind === "died" && good.has(line.replica)
        ? [{ what: line.why, replica: line.replica, time: line.time, records: [line] }]
        : [],
    );
    return outcomeOf(good.size, violations);
  },
};
