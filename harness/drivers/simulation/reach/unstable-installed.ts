import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { BY_WORD, type Goal } from "./goal.ts";

/** It raises what is executed, and no mark (protocols §20.7, §22.3). */
export const unstableInstalled: Goal = {
  name: "unstable-installed",
  summary: "a state is installed because f+1 others claim it, and is stable later or never",
  protocols: BY_WORD,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let stable = 0;
  for (const record of log) {
    if (record.e === "boot") stable = Math.max(stable, record.h);
    if (record.e === "stable") stable = Math.max(stable, record.n);
    if (record.e === "installed" && record.n > stable) return true;
  }
  return false;
}
