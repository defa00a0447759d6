import type { goodLogs } from "./evidence.ts";

/**
 * A number that states of good replicas held by then, as a start or a transfer tells, and that no
 * log had shown: a crash took the lines and left what was on the disks. An operation that no log
 * shows may have been in it.
 * @param until in the clock of the logs; what came later tells nothing
 * @returns null if there is none
 */
export function unseenNumber(logs: ReturnType<typeof goodLogs>, until: number): number | null {
  const shown = new Set<number>();
  let covered = 0;
  for (const [, records] of logs) {
    for (const record of records) {
      if (record.time > until) continue;
      if (record.e === "executed") shown.add(record.n);
      if (record.e === "boot") covered = Math.max(covered, record.lastExec);
      if (record.e === "installed") covered = Math.max(covered, record.n);
    }
  }
  for (let n = 1; n <= covered; n += 1) if (!shown.has(n)) return n;
  return null;
}
