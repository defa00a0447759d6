import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short, shownBy } from "../evidence.ts";

type Vote = RecordOf<"preprepared"> | RecordOf<"prepared">;

/**
 * S-10: a good replica stands for one digest at (v,n), across all its lives. A line of the audit
 * log is written once the disk has what it says (persist before send), so no crash takes it back.
 */
export const oneValue: Checker = {
  id: "S-10",
  summary: "a good replica never votes for two digests at one (view, number), restarts included",
  idle: "no good replica voted",
  promise: "safety",
  needs: ["audits"],
  judges: ["votes"],
  check(input) {
    const logs = goodLogs(input);
    const violations: Evidence[] = [];
    let judged = 0;
    for (const [, records] of logs) {
      const votes = votesOf(records);
      judged += votes.size;
      for (const [first, ...later] of votes.values()) {
        if (first === undefined) continue;
        for (const vote of later) violations.push(twoValues(first, vote));
      }
    }
    violations.push(...equivocations(logs, input));
    return outcomeOf(judged, violations);
  },
};

/** By `v n`: the first vote for each digest, in the order of the log. */
function votesOf(records: readonly AuditRecord[]): ReadonlyMap<string, readonly Vote[]> {
  const votes = new Map<string, Vote[]>();
  for (const record of records) {
    if (record.e !== "preprepared" && record.e !== "prepared") continue;
    const name = `${record.v} ${record.n}`;
    const known = votes.get(name) ?? [];
    if (!known.some(({ d }) => d === record.d)) votes.set(name, [...known, record]);
  }
  return votes;
}

/** Two backups that accepted different proposals of a good primary: it sent both. */
function equivocations(
  logs: ReturnType<typeof goodLogs>,
  input: CheckerInput,
): readonly Evidence[] {
  const accepted = new Map<string, RecordOf<"preprepared">>();
  const violations: Evidence[] = [];
  for (const [, records] of logs) {
    for (const record of records) {
      if (record.e !== "preprepared" || record.as !== "backup") continue;
      const leader = input.subject.leaderOf(record.v);
      if (leader === null || !input.good.has(leader)) continue;
      const other = accepted.get(`${record.v} ${record.n}`);
      if (other === undefined) accepted.set(`${record.v} ${record.n}`, record);
      else if (other.d !== record.d) violations.push(twoValues(other, record));
    }
  }
  return violations;
}

function twoValues(a: Vote, b: Vote): Evidence {
  const where = `(v=${a.v}, n=${a.n})`;
  const what =
    a.replica === b.replica
      ? `r${a.replica} stood for ${short(a.d)} and for ${short(b.d)} at ${where}`
      : `r${a.replica} and r${b.replica} were proposed ${short(a.d)} and ${short(b.d)} at ${where}`;
  return shownBy(what, a, b);
}
