import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** What it asked for has to outlive it, and what it asked with (protocols §13.1). */
export const restartInViewChange: Goal = {
  name: "restart-in-view-change",
  summary: "a replica is killed between asking for a view and entering it, and enters it later",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let asked: { readonly v: number; readonly boot: number } | null = null;
  for (const record of log) {
    if (record.e === "viewchange") asked = record;
    if (record.e !== "newview") continue;
    if (asked?.v === record.v && asked.boot < record.boot) return true;
    asked = null;
  }
  return false;
}
