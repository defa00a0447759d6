import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, shownBy } from "../evidence.ts";

/**
 * S-9: a good replica never goes back to a lower view, not even by a restart. A line of the audit
 * log is written once the disk has what it says (persist before send), so no crash takes it back.
 */
export const viewMonotonicity: Checker = {
  id: "S-9",
  summary: "views never decrease, and nothing is voted for below a view change that was sent",
  idle: "no good replica was in a view in which it could vote",
  promise: "safety",
  needs: ["audits"],
  judges: ["views"],
  check(input) {
    const violations: Evidence[] = [];
    let judged = 0;
    for (const [, records] of goodLogs(input)) {
      const walked = walk(records);
      judged += walked.judged;
      violations.push(...walked.violations);
    }
    return outcomeOf(judged, violations);
  },
};

function walk(records: readonly AuditRecord[]): {
  readonly judged: number;
  readonly violations: readonly Evidence[];
} {
  const violations: Evidence[] = [];
  let judged = 0;
  let highest: AuditRecord & { readonly v: number } = { ...BEFORE_ALL };
  for (const record of records) {
    switch (record.e) {
      case "boot":
      case "viewchange":
      case "newview":
      case "preprepared":
      case "prepared": {
        judged += 1;
        if (record.v < highest.v) {
          const what = `r${record.replica}: ${record.e} in view ${record.v} after view ${highest.v}`;
          violations.push(shownBy(what, highest, record));
        } else {
          highest = record;
        }
        break;
      }
      default:
        break;
    }
  }
  return { judged, violations };
}

const BEFORE_ALL = { e: "boot", v: -1, h: 0, lastExec: 0, time: 0, replica: 0, boot: 0 } as const;
