import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** Persisted, and perhaps never sent: it is said again, and counts (protocols §13.1). */
export const voteOutlivesKill: Goal = {
  name: "vote-outlives-kill",
  summary: "what a replica voted for before it was killed is prepared there after its restart",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  const votes = new Map<string, number>();
  return log.some((record) => {
    if (record.e !== "preprepared" && record.e !== "prepared") return false;
    const vote = `${record.v}:${record.n}:${record.d}`;
    if (record.e === "prepared") return (votes.get(vote) ?? record.boot) < record.boot;
    // It may be accepted once more.
    if (!votes.has(vote)) votes.set(vote, record.boot);
    return false;
  });
}
