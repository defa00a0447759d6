import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** Nothing more is accepted before the next checkpoint is stable (protocols §7.3). */
export const windowFull: Goal = {
  name: "window-full",
  summary: "the last number of the window is ordered",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs, cluster }) => logs.some((log) => isSeen(log, cluster.window)),
};

function isSeen(log: readonly AuditRecord[], window: number): boolean {
  let low = 0;
  for (const record of log) {
    if (record.e === "boot") low = record.h;
    if (record.e === "stable" || record.e === "installed") low = Math.max(low, record.n);
    if (record.e === "preprepared" && record.n === low + window) return true;
  }
  return false;
}
