import type { Checker, Evidence } from "../checker.ts";
import { outcomeOf } from "../evidence.ts";

/**
 * No input may stop an honest replica (protocols §12.7): only the faults of the plan do. Nor may it
 * keep them all at work for ever.
 */
export const uptime: Checker = {
  id: "uptime",
  summary: "no good replica ends by itself, and none is at work without end",
  idle: "there is no good replica",
  promise: "liveness",
  needs: ["ledger"],
  check({ good, observations: { ledger } }) {
    const violations = ledger.flatMap((line): readonly Evidence[] => {
      if (line.kind === "livelock") return [{ what: line.why, time: line.time, records: [line] }];
      if (line.kind !== "died" || !good.has(line.replica)) return [];
      return [{ what: line.why, replica: line.replica, time: line.time, records: [line] }];
    });
    return outcomeOf(good.size, violations);
  },
};
