/** What the replicas named in a certificate must have said themselves, in words to compare. */
import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Subject } from "../subject.ts";

export type Certificate =
  | RecordOf<"prepared">
  | RecordOf<"committed">
  | RecordOf<"decided">
  | RecordOf<"stated">
  | RecordOf<"stable">;

export function isCertificate(record: AuditRecord): record is Certificate {
  return (
    record.e === "prepared" ||
    record.e === "committed" ||
    record.e === "decided" ||
    record.e === "stated" ||
    record.e === "stable"
  );
}

/**
 * What each log line lets its replica be named for. A NEW-VIEW holds its author's PRE-PREPARE for
 * every number it selects, those below the author's own stable checkpoint included.
 */
export function supportOf(record: AuditRecord, subject: Subject): readonly string[] {
  switch (record.e) {
    case "executed":
    case "committed":
    case "decided":
      return [`${record.replica} decided ${record.n} ${record.d}`];
    case "preprepared":
    case "prepared":
      return [`${record.replica} ${record.e} ${record.v} ${record.n} ${record.d}`];
    case "checkpoint":
    case "installed":
      return [`${record.replica} checkpoint ${record.n} ${record.d}`];
    case "newview":
      if (record.replica !== subject.leaderOf(record.v)) return [];
      return record.selected.map(([n, d]) => `${record.replica} preprepared ${record.v} ${n} ${d}`);
    default:
      return [];
  }
}

/** A PREPARE follows an accepted proposal, a COMMIT a prepared one, a CHECKPOINT a snapshot. */
export function basisOf(record: Certificate): string {
  if (record.e === "stated") return `decided ${record.n} ${record.d}`;
  if (record.e === "stable") return `checkpoint ${record.n} ${record.d}`;
  const vote = record.e === "prepared" ? "preprepared" : "prepared";
  return `${vote} ${record.v} ${record.n} ${record.d}`;
}
