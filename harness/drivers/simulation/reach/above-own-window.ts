import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { type Goal, UNSIGNED } from "./goal.ts";

/** X is ordered whole, however high (protocols §20.6). */
export const aboveOwnWindow: Goal = {
  name: "above-own-window",
  summary: "a view orders numbers beyond the window of who enters it",
  protocols: UNSIGNED,
  isSeenIn: ({ logs, cluster }) => logs.some((log) => isSeen(log, cluster.window)),
};

function isSeen(log: readonly AuditRecord[], window: number): boolean {
  /** `g`: it only grows, and outlives a restart. */
  let reached = 0;
  for (const record of log) {
    if (record.e === "stable" || record.e === "installed") reached = Math.max(reached, record.n);
    if (record.e !== "newview") continue;
    reached = Math.max(reached, record.base);
    if ((record.selected.at(-1)?.[0] ?? 0) > reached + window) return true;
  }
  return false;
}
