/** What a test case of a checker is, and the changes that several of them make. */
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { CheckOutcome } from "./checker.ts";
import { audit, down, inject, MS, quietRun, type Run, rewrite } from "./run.fixture.ts";

export interface Case {
  readonly claim: string;
  readonly run: () => Run;
  readonly outcome: CheckOutcome["outcome"];
  /** Must match the first piece of evidence (or the reason). */
  readonly shows?: RegExp;
  /** How many items were judged, where it matters. */
  readonly judged?: number;
}

/** A valid run with some change made to it. */
export function changed(change: (run: Run) => void): () => Run {
  return () => {
    const run = quietRun();
    change(run);
    return run;
  };
}

/** The run of replica 3 restarted at 1 200 ms from the checkpoint of n=6, then executing n=7. */
export function restarted(run: Run): void {
  inject(run, { entry: "crash", effects: down(3), at: 1_150, until: 1_200 });
  audit(run, 3, 1_201, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
  rewrite(run, 3, (record) => (record.time > 1_201 * MS ? { ...record, boot: 2 } : record));
}

/** Replica 3 was away until 1 450 ms, took the state of n=6 from another and went on with n=7. */
export function transferred(run: Run): void {
  rewrite(run, 3, (record) =>
    record.e !== "boot" && record.time < 1_450 * MS ? undefined : record,
  );
  audit(run, 3, 1_440, { e: "statetransfer", n: 6, d: "state-6", from: [1] });
  audit(run, 3, 1_450, { e: "installed", n: 6, d: "state-6", fetched: { nodes: 1, bytes: 40 } });
}

export function executedAt(n: number, change: (record: AuditRecord) => AuditRecord | undefined) {
  return (record: AuditRecord) =>
    record.e === "executed" && record.n === n ? change(record) : record;
}

export function withOperation(
  change: (
    op: readonly [number, number, string, string],
  ) => readonly [number, number, string, string],
) {
  return (record: AuditRecord): AuditRecord =>
    record.e === "executed" ? { ...record, ops: record.ops.map(change) } : record;
}
