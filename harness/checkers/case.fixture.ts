/** What stands beside each checker for its tests, and the changes to a run that several make. */
import { BAD_CLIENT } from "../../faults/fault.ts";
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../observations/observations.ts";
import type { Checker, CheckOutcome } from "./checker.ts";
import {
  audit,
  BOB,
  down,
  historyOf,
  inject,
  MS,
  OPERATIONS,
  quietRun,
  type Run,
  rewrite,
} from "./run.fixture.ts";

/** Runs with what the checker must say of them, and what must be noticed if it is broken. */
export interface CheckerCases {
  readonly checker: Checker;
  readonly cases: readonly Case[];
  /** By the source file, as seen from the file with the cases. */
  readonly blindness: Readonly<Record<string, readonly Blinding[]>>;
}

/** What is then not seen, a text that occurs exactly once in the file, and what replaces it. */
export type Blinding = readonly [blindness: string, replace: string, by: string];

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

/** One client more, of which no history tells. */
export function badClient(run: Run): void {
  const entry = { id: "x", name: "x", fault: BAD_CLIENT, atMs: 0, durationMs: 10, resolved: {} };
  run.plan = { ...run.plan, entries: [entry] };
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

export function crashed(run: Run): void {
  inject(run, { entry: "crash", effects: down(3), at: 1_600, until: 1_700 });
}

/** These ask for view v at that time, ms. */
export function asks(run: Run, at: number, v: number, replicas: readonly number[]): void {
  for (const replica of replicas) audit(run, replica, at, { e: "viewchange", v, h: 0, p: [] });
}

/** These begin it, with nothing chosen. */
export function enters(run: Run, at: number, v: number, replicas: readonly number[]): void {
  for (const replica of replicas) {
    audit(run, replica, at, { e: "newview", v, from: [0, 1, 2], base: 0, selected: [] });
  }
}

/** Everybody moves to view 1 at 1 200 ms; n=7 is ordered there. */
export function viewChanged(run: Run): void {
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (record) => {
      if (record.time < 1_200 * MS || !("v" in record)) return record;
      if (record.e !== "preprepared") return { ...record, v: 1 };
      return { ...record, v: 1, as: replica === 1 ? "primary" : "backup" };
    });
    audit(run, replica, 1_200, { e: "viewchange", v: 1, h: 6, p: [] });
    audit(run, replica, 1_210, {
      e: "newview",
      v: 1,
      from: [0, 1, 2],
      base: 4,
      selected: [
        [5, "batch-5"],
        [6, "batch-6"],
      ],
    });
  }
}

/**
 * A power cut of all takes the lines of n=5 and n=6 along, and leaves the snapshot of n=6. What is
 * asked for at 1 500 ms is answered, and nobody ever executes it.
 */
export function answeredByNobody(run: Run): void {
  inject(run, { entry: "cut", effects: down(0, 1, 2, 3), at: 1_150, until: 1_200 });
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (record) => ("n" in record && record.n > 4 ? undefined : record));
    audit(run, replica, 1_201, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
  }
  // Nobody was answered before the cut whose number is lost.
  run.history = run.history.map((event) =>
    event.type !== "invoke" && event.time > 500 * MS && event.time < 1_200 * MS
      ? { ...event, type: "info" }
      : event,
  );
}

export function retimed(run: Run, last: { readonly at?: number; readonly until: number }): void {
  run.history = historyOf(
    OPERATIONS.map((operation) =>
      operation.n === 7
        ? { ...operation, at: last.at ?? operation.at, until: last.until }
        : operation,
    ),
  );
}

/** The last operation is never answered: no event, or the client gives up at `at`. */
export function unanswered(run: Run, givenUpAt: number | null): void {
  run.history = run.history.flatMap((event): readonly HistoryEvent[] => {
    if (event.client !== BOB || event.t !== 4 || event.type === "invoke") return [event];
    return givenUpAt === null ? [] : [{ ...event, type: "info", time: givenUpAt * MS }];
  });
}

/** Of `proof.ts`: for those who conclude from what is not there. */
export const TRUSTS_WHAT_IS_LEFT: readonly Blinding[] = [
  ["what may be missing does not matter", "return known > until;", "return true;"],
];

/** Of `proof.ts`: for those who judge by how the run ended. */
export const TRUSTS_ANY_END: readonly Blinding[] = [
  [
    "a run that was broken off has come to rest",
    "return completeness.ended && known === Number.POSITIVE_INFINITY;",
    "return true;",
  ],
];
