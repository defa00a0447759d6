import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** COMMITs of a view that is over still decide (protocols §6.4). */
export const learntAcrossViews: Goal = {
  name: "learnt-across-views",
  summary: "a decision is learnt from COMMITs of a view before the own one",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let view = 0;
  return log.some((record) => {
    if (record.e === "boot" || record.e === "newview") view = record.v;
    return record.e === "decided" && record.v < view;
  });
}
