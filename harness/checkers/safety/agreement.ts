import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short, shownBy } from "../evidence.ts";

const DECISIONS = ["executed", "committed", "decided", "stated"] as const;

type Decision = RecordOf<(typeof DECISIONS)[number]>;

/** S-1: whatever good replicas decide or execute at a number, it has one digest. */
export const agreement: Checker = {
  id: "S-1",
  summary: "good replicas never decide or execute two digests at one sequence number",
  idle: "no good replica decided or executed anything",
  promise: "safety",
  needs: ["audits"],
  check(input) {
    const logs = goodLogs(input);
    const first = new Map<number, Decision>();
    const violations = new Map<number, Evidence>();
    for (const [, records] of logs) {
      for (const record of records) {
        if (!isDecision(record)) continue;
        const other = first.get(record.n);
        if (other === undefined) first.set(record.n, record);
        else if (other.d !== record.d && !violations.has(record.n)) {
          violations.set(record.n, disagreement(other, record, logs));
        }
      }
    }
    return outcomeOf(first.size, [...violations.values()]);
  },
};

function isDecision(record: AuditRecord): record is Decision {
  return DECISIONS.some((event) => event === record.e);
}

function disagreement(a: Decision, b: Decision, logs: ReturnType<typeof goodLogs>): Evidence {
  const what =
    `n=${a.n}: r${a.replica} ${a.e} ${short(a.d)}, ` + `r${b.replica} ${b.e} ${short(b.d)}`;
  const certificates = [a, b].map((decision) => certificateOf(decision, logs) ?? decision);
  const records = new Set([a, b, ...certificates]);
  // The certificates explain; the conflict itself needs only the two decisions.
  return { ...shownBy(what, a, b), records: [...records] };
}

function certificateOf(
  { n, d, replica }: Decision,
  logs: ReturnType<typeof goodLogs>,
): Decision | undefined {
  const records = logs.find(([id]) => id === replica)?.[1] ?? [];
  return records
    .filter(isDecision)
    .find((record) => record.e !== "executed" && record.n === n && record.d === d);
}
