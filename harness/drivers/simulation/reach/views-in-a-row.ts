import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** The time-out of the first has doubled, and its messages stay about (protocols §10.3). */
export const viewsInARow: Goal = {
  name: "views-in-a-row",
  summary: "a view is given up before it began, and the one after it is entered",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let asked: readonly number[] = [];
  for (const record of log) {
    if (record.e === "viewchange" && !asked.includes(record.v)) asked = [...asked, record.v];
    if (record.e !== "newview") continue;
    if (asked.length > 1 && asked.includes(record.v)) return true;
    asked = [];
  }
  return false;
}
