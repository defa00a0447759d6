import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Absence, Checker, CheckerInput, Evidence, Violation } from "../checker.ts";
import { CLOCK_TOLERANCE_NS, goodLogs } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { UnseenNumbers } from "../unseen.ts";
import { livedOperations } from "../windows.ts";

/**
 * S-16: an operation that a client saw complete is still part of what the good replicas hold at
 * the end, after whatever crashes. All operations are ordered so far, reads included.
 */
export const durability: Checker = {
  id: "S-16",
  summary: "no operation that was acknowledged is missing from the good replicas at the end",
  idle: "no write was acknowledged",
  promise: "safety",
  needs: ["audits", "history", "end"],
  check(input) {
    const logs = goodLogs(input);
    const holdings = logs.map(([replica, records]) => holdingOf(replica, records));
    const once = everExecuted(logs.flatMap(([, records]) => records));
    const numbers = new Map<string, number>();
    for (const { executed } of holdings) {
      for (const [n, record] of executed) {
        for (const [client, t] of record.ops) numbers.set(`${client} ${t}`, n);
      }
    }
    const violations: Violation[] = [];
    const unseen = new UnseenNumbers(logs);
    /** The lowest number that an operation may be in which no log shows. */
    let excuse: number | null = null;
    let judged = 0;
    for (const { invoke, completion: event } of livedOperations(input.observations.history)) {
      if (event === null) continue;
      const operation = `${event.client} ${event.t}`;
      if (!once.has(operation)) {
        const until = event.time + CLOCK_TOLERANCE_NS;
        const n = unseen.lowest({ asked: invoke.time, until });
        excuse ??= n;
        if (n !== null) continue;
      }
      judged += 1;
      const n = numbers.get(operation);
      const without = holdings.filter((holding) => n === undefined || lacks(holding, n, holdings));
      if (without.length === 0) continue;
      const rests =
        n === undefined && !once.has(operation)
          ? unexecuted(event, input)
          : takenBack(n, without, input);
      violations.push({ ...lost(event, n, without), rests });
    }
    const furthest = Math.max(0, ...holdings.map(({ end }) => end));
    const behind = holdings.filter(({ end }) => end < furthest).map(({ replica }) => `r${replica}`);
    const notes = [
      ...(behind.length === 0 ? [] : [`${behind.join()} ended behind and may still catch up`]),
      ...(excuse === null
        ? []
        : [`no log shows what number ${excuse} held, though states have it`]),
    ];
    return provenOutcome(input, judged, violations, notes.join("; ") || undefined);
  },
};

function everExecuted(records: readonly AuditRecord[]): ReadonlySet<string> {
  return new Set(
    records.flatMap((record) =>
      record.e === "executed" ? record.ops.map(([client, t]) => `${client} ${t}`) : [],
    ),
  );
}

/** One of those whose answers a client believes is good, and logs what it executes before. */
function unexecuted({ time }: HistoryEvent, { good }: CheckerInput): readonly Absence[] {
  const until = time + CLOCK_TOLERANCE_NS;
  return [...good].map((replica) => ({ file: FILES.audit(replica), until }));
}

/**
 * What a restart took back may be executed again until the end, and what a snapshot holds may be
 * shown by a log that goes on. Skipping a number is a loss whatever comes.
 */
function takenBack(
  n: number | undefined,
  without: readonly Holding[],
  { good }: CheckerInput,
): readonly Absence[] {
  const skipped = without.some(
    ({ snapshots }) => n !== undefined && !snapshots.some((snapshot) => snapshot >= n),
  );
  if (skipped) return [];
  const files = [FILES.ledger, ...[...good].map((replica) => FILES.audit(replica))];
  return files.map((file) => ({ file, until: "end" }));
}

/** What a replica's state rests on when its log ends. */
interface Holding {
  readonly replica: number;
  /** Executed itself and not taken back by a restart from an older snapshot. */
  readonly executed: ReadonlyMap<number, RecordOf<"executed">>;
  /** Numbers of the snapshots, transferred or its own, that its state was built on, ascending. */
  readonly snapshots: readonly number[];
  /** Those of them that it started from and that were never transferred to it. */
  readonly own: ReadonlySet<number>;
  readonly end: number;
}

function holdingOf(replica: number, records: readonly AuditRecord[]): Holding {
  const executed = new Map<number, RecordOf<"executed">>();
  const own = new Set<number>();
  const transferred = new Set<number>();
  let snapshots: number[] = [];
  let end = 0;
  const backTo = (n: number): void => {
    for (const number of executed.keys()) if (number > n) executed.delete(number);
    for (const number of own) if (number > n) own.delete(number);
    snapshots = snapshots.filter((snapshot) => snapshot <= n);
    end = n;
  };
  for (const record of records) {
    const built = builtOn(record);
    if (built !== null) {
      backTo(built);
      snapshots.push(built);
      if (record.e === "installed") transferred.add(built);
      else if (!transferred.has(built)) own.add(built);
    }
    if (record.e === "executed") {
      executed.set(record.n, record);
      end = record.n;
    }
  }
  return { replica, executed, snapshots, own, end };
}

/**
 * A start counts like a transfer: a crash loses the lines of what was executed last, while the
 * snapshot that holds it may be on the disk already.
 */
function builtOn(record: AuditRecord): number | null {
  if (record.e === "boot") return record.lastExec;
  return record.e === "installed" ? record.n : null;
}

/** Ending before `n` is being behind, which convergence judges, unless nobody holds it. */
function lacks({ executed, snapshots, end }: Holding, n: number, all: readonly Holding[]): boolean {
  if (executed.has(n) || end < n) return false;
  const covering = snapshotsWith(n, all);
  return !snapshots.some((snapshot) => covering.has(snapshot));
}

/**
 * Numbers whose snapshots contain `n`: somebody passed through them who had executed `n`, or whose
 * own state was built on such a snapshot. Where all were killed at once the lines of those who did
 * may be lost, but they start from there.
 */
function snapshotsWith(n: number, all: readonly Holding[]): ReadonlySet<number> {
  const taken = new Set(all.flatMap(({ snapshots }) => snapshots));
  const covering = new Set<number>();
  // Ascending: what a snapshot was built on is older.
  for (const snapshot of [...taken].filter((each) => each >= n).sort((a, b) => a - b)) {
    const passed = all.filter(({ executed, own }) => executed.has(snapshot) || own.has(snapshot));
    const isWith = ({ executed, snapshots }: Holding) =>
      executed.has(n) || snapshots.some((older) => older < snapshot && covering.has(older));
    if (passed.some(isWith)) covering.add(snapshot);
  }
  return covering;
}

function lost(event: HistoryEvent, n: number | undefined, without: readonly Holding[]): Evidence {
  const which = `(client ${event.client}, t=${event.t}: ${event.f} of ${event.key})`;
  const lacking = without.map(({ replica }) => `r${replica}`).join();
  const where = n === undefined ? "in nobody's state" : `missing from the state of ${lacking}`;
  const what = `${which} was acknowledged and is ${where} at the end`;
  return { what, time: event.time, records: [event] };
}
