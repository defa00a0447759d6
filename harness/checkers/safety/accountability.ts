import type { RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short, shownBy } from "../evidence.ts";

/**
 * S-19: what speaks against a replica speaks against a bad one. No good replica files evidence
 * against a good one, and no good primary is seen to propose another digest at (view, number) than
 * the one it says itself.
 */
export const accountability: Checker = {
  id: "S-19",
  summary: "no good replica appears as a liar, to itself or to another good one",
  idle: "no good backup accepted a proposal of a good primary, and none has evidence",
  promise: "safety",
  needs: ["audits"],
  judges: ["votes"],
  check(input) {
    const proposed = proposals(input);
    const violations: Evidence[] = [];
    let judged = 0;
    for (const [, records] of goodLogs(input)) {
      for (const record of records) {
        if (record.e === "evidence") {
          judged += 1;
          if (!input.good.has(record.against)) continue;
          const { replica, against, what, v, n } = record;
          const filed = `r${replica} has ${what} of r${against} at (v=${v}, n=${n}), which is good`;
          violations.push(shownBy(filed, record));
        } else if (record.e === "preprepared" && record.as === "backup") {
          const own = proposed.get(`${record.v} ${record.n}`);
          if (own === undefined) continue;
          judged += 1;
          if (own.d !== record.d) violations.push(another(record, own));
        }
      }
    }
    return outcomeOf(judged, violations);
  },
};

/** What good primaries say they proposed, by `v n`. */
function proposals(input: CheckerInput): ReadonlyMap<string, RecordOf<"preprepared">> {
  const proposed = new Map<string, RecordOf<"preprepared">>();
  for (const [, records] of goodLogs(input)) {
    for (const record of records) {
      if (record.e !== "preprepared" || record.as !== "primary") continue;
      proposed.set(`${record.v} ${record.n}`, record);
    }
  }
  return proposed;
}

function another(accepted: RecordOf<"preprepared">, own: RecordOf<"preprepared">): Evidence {
  const { replica, v, n, d } = accepted;
  const what =
    `r${replica} accepted ${short(d)} at (v=${v}, n=${n}), where the good primary proposed ` +
    short(own.d);
  return shownBy(what, own, accepted);
}
