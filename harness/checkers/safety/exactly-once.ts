import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, shownBy } from "../evidence.ts";

/**
 * S-4: an operation takes effect once, across views, restarts and state transfers. All good
 * replicas execute one sequence, so two numbers for one operation are two effects, on whatever
 * replicas.
 */
export const exactlyOnce: Checker = {
  id: "S-4",
  summary: "every operation takes effect at most once",
  idle: "no good replica executed anything",
  promise: "safety",
  needs: ["audits"],
  check(input) {
    const effects = new Map<string, RecordOf<"executed">>();
    const violations = new Map<string, Evidence>();
    for (const [, records] of goodLogs(input)) {
      for (const { record, operation, again } of effectsOf(records)) {
        const other = effects.get(operation) ?? again;
        if (other === null) {
          effects.set(operation, record);
          continue;
        }
        const twice = other.n !== record.n || again !== null;
        if (!twice || violations.has(operation)) continue;
        const [client, t] = operation.split(" ");
        const what = `(client ${client}, t=${t}) took effect at n=${other.n} and at n=${record.n}`;
        violations.set(operation, shownBy(what, again ?? other, record));
      }
    }
    return outcomeOf(effects.size, [...violations.values()]);
  },
};

/** `again`: the earlier effect on the same replica that no restart or transfer lies behind. */
function* effectsOf(records: readonly AuditRecord[]): Generator<{
  readonly record: RecordOf<"executed">;
  readonly operation: string;
  readonly again: RecordOf<"executed"> | null;
}> {
  let live = new Map<string, RecordOf<"executed">>();
  for (const record of records) {
    // What is executed again on top of an older snapshot is not a second effect.
    if (record.e === "boot" || record.e === "installed") live = new Map();
    if (record.e !== "executed") continue;
    for (const [client, t] of record.ops) {
      const operation = `${client} ${t}`;
      yield { record, operation, again: live.get(operation) ?? null };
      live.set(operation, record);
    }
  }
}
