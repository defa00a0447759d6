import type { Checker, Evidence } from "./checker.ts";
import { goodLogs, outcomeOf, shownBy } from "./evidence.ts";

/** S-12: what commits was prepared by f+1 good replicas, so that every view change sees it. */
export const commitSupport: Checker = {
  id: "S-12",
  summary: "whatever commits was prepared in that view by at least f+1 good replicas",
  promise: "safety",
  check(input) {
    const logs = goodLogs(input);
    const preparedBy = new Map<string, Set<number>>();
    for (const [replica, records] of logs) {
      for (const record of records) {
        if (record.e !== "prepared") continue;
        const name = `${record.v} ${record.n} ${record.d}`;
        preparedBy.set(name, (preparedBy.get(name) ?? new Set()).add(replica));
      }
    }
    const { faultsMax } = input.observations.plan.cluster.parameters;
    const violations: Evidence[] = [];
    let judged = 0;
    for (const [, records] of logs) {
      for (const record of records) {
        if (record.e !== "committed") continue;
        judged += 1;
        const support = preparedBy.get(`${record.v} ${record.n} ${record.d}`)?.size ?? 0;
        if (support > faultsMax) continue;
        const what =
          `r${record.replica} committed n=${record.n} in view ${record.v}, ` +
          `which ${support} good replicas had prepared`;
        violations.push(shownBy(what, record));
      }
    }
    return outcomeOf(judged, violations);
  },
};
