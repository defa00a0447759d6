import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import { membershipOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { basisOf, type Certificate, isCertificate, supportOf } from "./support.ts";

/**
 * S-11: a certificate names enough replicas, and each good one among them says in its own log that
 * it did what it is named for. Support that nobody gave means that authentication is broken.
 */
export const certificates: Checker = {
  id: "S-11",
  summary: "every certificate has a quorum, and its good members really gave their support",
  idle: "no good replica holds a certificate",
  promise: "safety",
  needs: ["audits"],
  judges: ["certificates"],
  check(input) {
    const logs = goodLogs(input);
    // Too small a certificate harms nobody while nothing goes wrong: without any fault it is no
    // violation yet, so that a planted bug can be told from a protocol that does not work at all.
    const { plan, ledger } = input.observations;
    // A simulated run may have faults that no plan names.
    const disturbed = plan.entries.length > 0 || ledger.some(({ kind }) => kind === "intent");
    const given = new Set(
      logs.flatMap(([, records]) => records.flatMap((record) => supportOf(record, input.subject))),
    );
    const logged = new Map(logs.map(([replica, records]) => [replica, startedWith(records)]));
    const violations: Violation[] = [];
    let judged = 0;
    for (const [, records] of logs) {
      for (const record of records) {
        if (!isCertificate(record)) continue;
        judged += 1;
        const named = new Set(record.by);
        const basis = basisOf(record);
        const where = () => `r${record.replica}: ${record.e} n=${record.n}`;
        if (disturbed && named.size < neededFor(record, input)) {
          violations.push(shownBy(`${where()} with only ${named.size} replicas`, record));
        }
        for (const replica of named) {
          const started = logged.get(replica);
          if (started === undefined) continue;
          if (given.has(`${replica} ${basis}`)) continue;
          if (record.e === "stated" && record.n <= started) continue;
          const what = `${where()} names r${replica}, which never supported it`;
          // Whatever a replica sends is in its log before.
          const rests = [{ file: FILES.audit(replica), until: record.time }];
          violations.push({ ...shownBy(what, record), rests });
        }
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

/**
 * How far it had executed at its starts: a line of what it decided may have died with its writer,
 * and what a state holds is not executed again. Which digest that was is what S-1 judges.
 */
function startedWith(records: readonly AuditRecord[]): number {
  return records.reduce((most, record) => {
    return record.e === "boot" ? Math.max(most, record.lastExec) : most;
  }, 0);
}

function neededFor(record: Certificate, { observations }: CheckerInput): number {
  const { replicas, tolerates } = membershipOf(observations.plan.cluster);
  const { byzantine } = tolerates;
  // One of those who state it is good.
  if (record.e === "stated") return byzantine + 1;
  return Math.ceil((replicas + byzantine + 1) / 2);
}
