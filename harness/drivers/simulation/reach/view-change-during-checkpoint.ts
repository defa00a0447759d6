import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** Some have a checkpoint and no proof of it; the view has to begin somewhere (protocols §9.3). */
export const viewChangeDuringCheckpoint: Goal = {
  name: "view-change-during-checkpoint",
  summary: "a view is asked for while an own checkpoint is not stable yet",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let taken = 0;
  let stable = 0;
  for (const record of log) {
    if (record.e === "checkpoint") taken = record.n;
    if (record.e === "stable" || record.e === "installed") stable = Math.max(stable, record.n);
    if (record.e === "boot") taken = 0;
    if (record.e === "viewchange" && taken > stable) return true;
  }
  return false;
}
