import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** Pages of the older one are kept where they are the same (protocols §8.5). */
export const transferOvertaken: Goal = {
  name: "transfer-overtaken",
  summary: "a state that is fetched is given up for a newer one, which is installed",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  /** Of those that were begun since the last state was there. */
  let aims: readonly number[] = [];
  for (const record of log) {
    if (record.e === "boot") aims = [];
    if (record.e === "statetransfer") aims = [...aims, record.n];
    if (record.e !== "installed") continue;
    if (aims.some((aim) => aim < record.n)) return true;
    aims = [];
  }
  return false;
}
