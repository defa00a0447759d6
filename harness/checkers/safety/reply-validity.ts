import type { RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short, shownBy } from "../evidence.ts";

/**
 * S-5, the half that the logs can show: all good replicas compute the same result for an
 * operation. That it is also the right one is S-6.
 */
export const replyValidity: Checker = {
  id: "S-5",
  summary: "good replicas compute the same result for every operation",
  promise: "safety",
  needs: ["audits"],
  check(input) {
    const results = new Map<string, { result: string; record: RecordOf<"executed"> }>();
    const violations: Evidence[] = [];
    for (const [, records] of goodLogs(input)) {
      for (const record of records) {
        if (record.e !== "executed") continue;
        for (const [client, t, result] of record.ops) {
          const other = results.get(`${client} ${t}`);
          if (other === undefined) results.set(`${client} ${t}`, { result, record });
          else if (other.result !== result) {
            const what =
              `(client ${client}, t=${t}): r${other.record.replica} computed ` +
              `${short(other.result)}, r${record.replica} ${short(result)}`;
            violations.push(shownBy(what, other.record, record));
          }
        }
      }
    }
    return outcomeOf(results.size, violations);
  },
};
