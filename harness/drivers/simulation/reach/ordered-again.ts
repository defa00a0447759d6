import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/**
 * Who enters a view orders again what its NEW-VIEW chose, what he has executed too, and must not
 * execute it again (protocols §9.7).
 */
export const orderedAgain: Goal = {
  name: "ordered-again",
  summary: "a number that was executed here is prepared again in a later view",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let executed = 0;
  /** By view, what was executed when it was entered. */
  const before = new Map<number, number>();
  for (const record of log) {
    if (record.e === "boot") executed = record.lastExec;
    if (record.e === "executed" || record.e === "installed") executed = record.n;
    if (record.e === "newview") before.set(record.v, executed);
    if (record.e === "prepared" && record.n <= (before.get(record.v) ?? 0)) return true;
  }
  return false;
}
