import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal, type ReachEvidence } from "./goal.ts";

/** Windows below the stable checkpoint for which the log of a target is kept (protocols §7.3). */
const LOG_WINDOWS = 4;

/** So many who were asked had it no more (protocols §8.5). */
export const targetGone: Goal = {
  name: "target-gone",
  summary: "a state that is fetched is given up while the log above it is still kept",
  protocols: EVERY_PBFT,
  isSeenIn: ({ cluster, logs }) => logs.some((log) => isSeen(log, cluster)),
};

function isSeen(log: readonly AuditRecord[], { window }: ReachEvidence["cluster"]): boolean {
  /** What is fetched since the last state was there. */
  let aim: number | null = null;
  let [stable, lastExec] = [0, 0];
  for (const record of log) {
    if (record.e === "boot") [aim, stable, lastExec] = [null, record.h, record.lastExec];
    if (record.e === "installed") aim = null;
    if (record.e === "stable") stable = record.n;
    if (record.e === "executed") lastExec = record.n;
    if (record.e !== "statetransfer") continue;
    const isKept = aim !== null && aim >= stable - LOG_WINDOWS * window && aim > lastExec;
    if (isKept && aim !== null && record.n > aim) return true;
    aim = record.n;
  }
  return false;
}
