import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import { CLOCK_TOLERANCE_NS, type goodLogs } from "./evidence.ts";

/** By that time some state had executed everything up to the number. */
interface Reached {
  readonly time: number;
  readonly n: number;
}

/** When an operation was asked for, and until when it must have been executed; ns of the logs. */
interface Life {
  readonly asked: number;
  readonly until: number;
}

/**
 * Numbers that states of good replicas held, as a start or a transfer tells, and that no log had
 * shown by then: a crash took the lines and left what was on the disks. An operation that no log
 * shows may have been in one of them, if it had been asked for before a state had passed that one.
 */
export class UnseenNumbers {
  /** Ascending, in time and number. */
  readonly #reached: readonly Reached[];
  /** When a log first told what was executed at the number. */
  readonly #shown = new Map<number, number>();

  constructor(logs: ReturnType<typeof goodLogs>) {
    const records = logs.flatMap(([, log]) => log).filter(isMeant);
    const reached: Reached[] = [];
    for (const record of records.toSorted((a, b) => a.time - b.time)) {
      const { time } = record;
      const n = record.e === "boot" ? record.lastExec : record.n;
      if (n > (reached.at(-1)?.n ?? 0)) reached.push({ time, n });
      if (record.e === "executed" && !this.#shown.has(n)) this.#shown.set(n, time);
    }
    this.#reached = reached;
  }

  /** @returns the lowest number that the operation may have been executed at; null: at none */
  lowest({ asked, until }: Life): number | null {
    // What a state had passed before anybody asked for the operation is without it.
    const passed = this.#highest(asked - CLOCK_TOLERANCE_NS);
    const top = this.#highest(until);
    for (let n = passed + 1; n <= top; n += 1) {
      const shown = this.#shown.get(n);
      if (shown === undefined || shown > until) return n;
    }
    return null;
  }

  #highest(until: number): number {
    let [from, to] = [0, this.#reached.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#reached[middle]?.time ?? 0) <= until) from = middle + 1;
      else to = middle;
    }
    return this.#reached[from - 1]?.n ?? 0;
  }
}

type Meant = Extract<AuditRecord, { readonly e: "executed" | "boot" | "installed" }>;

function isMeant(record: AuditRecord): record is Meant {
  return record.e === "executed" || record.e === "boot" || record.e === "installed";
}
