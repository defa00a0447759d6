import type { AuditRecord, RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../../../observations/observations.ts";
import type { Plan } from "../../../plan/plan.ts";

/**
 * A corner of the protocol that schedules have to come to, or nothing they keep says anything about
 * it. It is seen in what good replicas wrote, never in what was drawn: a fault may have missed.
 */
export interface Goal {
  readonly name: string;
  readonly summary: string;
  /** Those that can come to it. */
  readonly protocols: readonly string[];
  isSeenIn(evidence: ReachEvidence): boolean;
}

export interface ReachEvidence {
  readonly cluster: Plan["cluster"]["parameters"];
  /** Of good replicas, each in the order of writing. */
  readonly logs: readonly (readonly AuditRecord[])[];
  readonly history: readonly HistoryEvent[];
  /** When replicas were killed or lost their power, ns. */
  readonly kills: readonly { readonly replica: number; readonly time: number }[];
}

export function recordsOf<E extends AuditRecord["e"]>(
  log: readonly AuditRecord[],
  e: E,
): readonly RecordOf<E>[] {
  return log.filter((record): record is RecordOf<E> => record.e === e);
}

/** Where replicas prove nothing to each other, and vouch. */
export const UNSIGNED = ["pbft-mac", "pbft-relay"];

/** Where decisions and requests are believed on the word of others, whatever views rest on. */
export const BY_WORD = [...UNSIGNED, "pbft-mac-proof"];

export const EVERY_PBFT = ["pbft-sig", ...BY_WORD];
