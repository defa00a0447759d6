import { type AuditRecord, NULL_DIGEST } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** That nothing was prepared there since does not make it less (protocols §9.3). */
export const olderCertificateWins: Goal = {
  name: "older-certificate-wins",
  summary: "a view orders what was prepared two or more views before, and not since",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

/** Of the lines before a NEW-VIEW those claims are its own that come last. */
function isSeen(log: readonly AuditRecord[]): boolean {
  const claims = new Map<number, Extract<AuditRecord, { readonly e: "claims" }>>();
  return log.some((record) => {
    if (record.e === "claims") claims.set(record.v, record);
    if (record.e !== "newview") return false;
    const prepared = claims.get(record.v)?.of.flatMap(({ p }) => p) ?? [];
    return record.selected.some(([number, digest]) => {
      const views = prepared.filter(([n]) => n === number).map(([, , view]) => view);
      return digest !== NULL_DIGEST && views.length > 0 && Math.max(...views) < record.v - 1;
    });
  });
}
