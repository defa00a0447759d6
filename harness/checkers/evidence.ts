/** What every checker starts from (the logs that count) and ends with (an outcome). */
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { CheckerInput, CheckOutcome, Evidence } from "./checker.ts";

/** Two processes read the one clock a moment apart, and round. */
export const CLOCK_TOLERANCE_NS = 1_000_000;

/** The audit logs of the replicas that never had a safety fault: the others' are no evidence. */
export function goodLogs({
  observations,
  good,
}: Pick<CheckerInput, "observations" | "good">): readonly (readonly [
  replica: number,
  records: readonly AuditRecord[],
])[] {
  return [...observations.audits].filter(([replica]) => good.has(replica));
}

/**
 * Whether a log tells of all that its replica did: what one says that was cut out of a longer log
 * may have been said before (only a snapshot is told of before the start that finds it).
 */
export function beginsWithStart(records: readonly AuditRecord[]): boolean {
  return records.find(({ e }) => e !== "checkpoint")?.e === "boot";
}

/** A violation shown by audit records; its time is that of the last one needed. */
export function shownBy(what: string, ...records: readonly AuditRecord[]): Evidence {
  const last = records.reduce<AuditRecord | null>(
    (latest, record) => (latest === null || record.time >= latest.time ? record : latest),
    null,
  );
  if (last === null) return { what };
  return { what, replica: last.replica, time: last.time, records };
}

/** More examples of one and the same thing do not make it truer. */
const EXAMPLES_MAX = 5;

export function outcomeOf(
  judged: number,
  violations: readonly Evidence[],
  note?: string,
): CheckOutcome {
  if (violations.length > 0) {
    return { outcome: "invalid", judged, evidence: violations.slice(0, EXAMPLES_MAX) };
  }
  return note === undefined ? { outcome: "valid", judged } : { outcome: "valid", judged, note };
}

const NOTHING_TO_JUDGE = "this run has nothing that it could judge";

/** A check that judged nothing shows nothing, and must not look as if it had held. */
export function idleBecause(why: string): CheckOutcome {
  return notApplicable(`${NOTHING_TO_JUDGE}: ${why}`);
}

/** It would judge runs like this one, and found nothing. */
export function isIdle(check: CheckOutcome): boolean {
  return check.outcome === "not-applicable" && check.because.startsWith(NOTHING_TO_JUDGE);
}

export function notApplicable(because: string): CheckOutcome {
  return { outcome: "not-applicable", judged: 0, because };
}

/** For a line of evidence: digests are told apart by their beginnings. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}
