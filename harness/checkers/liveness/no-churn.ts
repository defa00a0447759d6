import type { Checker } from "../checker.ts";
import { goodLogs, notApplicable, outcomeOf, shownBy } from "../evidence.ts";

/** L-7: without faults the first primary keeps its view. */
export const noChurn: Checker = {
  id: "L-7",
  summary: "no view change in a run without faults",
  promise: "liveness",
  needs: ["audits"],
  judges: ["views"],
  check(input) {
    const { plan, ledger } = input.observations;
    // A simulated run may have faults that no plan names.
    if (plan.entries.length > 0 || ledger.some(({ kind }) => kind === "intent")) {
      return notApplicable("the run had faults");
    }
    const logs = goodLogs(input);
    const violations = logs.flatMap(([replica, records]) =>
      records
        .filter((record) => record.e === "viewchange" || record.e === "newview")
        .map((record) => shownBy(`r${replica}: ${record.e} to view ${record.v}`, record)),
    );
    return outcomeOf(logs.length, violations);
  },
};
