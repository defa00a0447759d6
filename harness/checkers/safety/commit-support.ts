import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { completeUntil } from "../../observations/completeness.ts";
import { FILES } from "../../observations/store.ts";
import type { Absence, Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";

/** S-12: what commits was prepared by f+1 good replicas, so that every view change sees it. */
export const commitSupport: Checker = {
  id: "S-12",
  summary: "whatever commits was prepared in that view by at least f+1 good replicas",
  idle: "no good replica committed anything",
  promise: "safety",
  needs: ["audits"],
  judges: ["certificates"],
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
    const violations: Violation[] = [];
    let judged = 0;
    for (const [, records] of logs) {
      for (const record of records) {
        if (record.e !== "committed") continue;
        judged += 1;
        const support = preparedBy.get(`${record.v} ${record.n} ${record.d}`) ?? new Set();
        if (support.size > faultsMax) continue;
        const what =
          `r${record.replica} committed n=${record.n} in view ${record.v}, ` +
          `which ${support.size} good replicas had prepared`;
        const rests = unsupported(record, support, input);
        violations.push({ ...shownBy(what, record), rests });
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

/**
 * It is certain once so many have surely not prepared it that f+1 others are not left: those whose
 * logs reach furthest are asked.
 */
function unsupported(
  { time: until }: AuditRecord,
  support: ReadonlySet<number>,
  { good, observations }: CheckerInput,
): readonly Absence[] {
  const { completeness, plan } = observations;
  const reach = ({ file }: Absence): number => completeUntil(completeness, file);
  return [...good]
    .filter((replica) => !support.has(replica))
    .map((replica) => ({ file: FILES.audit(replica), until }))
    .toSorted((a, b) => (reach(a) < reach(b) ? 1 : -1))
    .slice(0, Math.max(0, good.size - plan.cluster.parameters.faultsMax));
}
