import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { goodLogs } from "./evidence.ts";

interface Step {
  readonly time: number;
  readonly unseen: number | null;
}

/**
 * Numbers that states of good replicas held, as a start or a transfer tells, and that no log had
 * shown by then: a crash took the lines and left what was on the disks. An operation that no log
 * shows may have been in it.
 */
export class UnseenNumbers {
  /** From each time on, ascending. */
  readonly #steps: readonly Step[];

  constructor(logs: ReturnType<typeof goodLogs>) {
    const records = logs.flatMap(([, log]) => log).filter(isMeant);
    const shown = new Set<number>();
    let [covered, next] = [0, 1];
    this.#steps = records
      .toSorted((a, b) => a.time - b.time)
      .map((record) => {
        if (record.e === "executed") shown.add(record.n);
        else covered = Math.max(covered, record.e === "boot" ? record.lastExec : record.n);
        while (shown.has(next)) next += 1;
        return { time: record.time, unseen: next <= covered ? next : null };
      });
  }

  /**
   * @param until in the clock of the logs; what came later tells nothing
   * @returns the lowest one, null if there is none
   */
  lowest(until: number): number | null {
    let [from, to] = [0, this.#steps.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#steps[middle]?.time ?? 0) <= until) from = middle + 1;
      else to = middle;
    }
    return this.#steps[from - 1]?.unseen ?? null;
  }
}

type Meant = Extract<AuditRecord, { readonly e: "executed" | "boot" | "installed" }>;

function isMeant(record: AuditRecord): record is Meant {
  return record.e === "executed" || record.e === "boot" || record.e === "installed";
}
