import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, shownBy } from "../evidence.ts";

/**
 * S-14: what a good replica accepts or proposes lies in its window, or a bad primary could exhaust
 * the numbers and nobody's log had an end. Below it is what is stable, or what its view does not
 * order any more; above it what is further than the window from all that it knows to be reached.
 */
export const watermarks: Checker = {
  id: "S-14",
  summary: "no good replica accepts a number outside its window",
  promise: "safety",
  needs: ["audits"],
  judges: ["votes"],
  check(input) {
    const { window } = input.observations.plan.cluster.parameters;
    const violations: Evidence[] = [];
    let judged = 0;
    for (const [, records] of goodLogs(input)) {
      const marks = new Marks(window);
      for (const record of records) {
        if (record.e === "preprepared") {
          judged += 1;
          const outside = marks.outside(record);
          if (outside !== null) violations.push(outside);
        } else marks.follow(record);
      }
    }
    return outcomeOf(judged, violations);
  },
};

/** The marks of one replica, by what it logged. */
class Marks {
  readonly #window: number;
  /** A restart may find it lower, where its record was not yet on the disk. */
  #stable: AuditRecord & { readonly n: number };
  /** The highest number known to be the end of what was decided: it only grows. */
  #reached: AuditRecord & { readonly n: number };
  #newView: RecordOf<"newview"> | null = null;
  /** Entered for all that is known, by a choice that no line tells. */
  #viewFound: number | null = null;

  constructor(window: number) {
    this.#window = window;
    this.#stable = GENESIS;
    this.#reached = GENESIS;
  }

  follow(record: AuditRecord): void {
    switch (record.e) {
      case "boot":
        // The lines that told of it may have died with the one who wrote them.
        this.#stable = { ...record, n: record.h };
        this.#reach({ ...record, n: Math.max(record.h, record.lastExec) });
        if (record.v !== (this.#newView?.v ?? 0)) this.#viewFound = record.v;
        break;
      case "stable":
        this.#stable = record;
        this.#reach(record);
        break;
      case "installed":
        this.#reach(record);
        break;
      case "newview":
        this.#newView = record;
        this.#reach({ ...record, n: record.base });
        break;
      default:
        break;
    }
  }

  #reach(mark: AuditRecord & { readonly n: number }): void {
    if (mark.n > this.#reached.n) this.#reached = mark;
  }

  outside(record: RecordOf<"preprepared">): Evidence | null {
    const { n, v, replica } = record;
    const which = `r${replica} accepted n=${n} in view ${v}`;
    if (n <= this.#stable.n) {
      return shownBy(`${which}, which n=${this.#stable.n} had made stable`, this.#stable, record);
    }
    const newView = this.#newView?.v === v ? this.#newView : null;
    if (newView !== null && n <= newView.base) {
      return shownBy(`${which}, whose base is n=${newView.base}`, newView, record);
    }
    if (v === this.#viewFound) return null;
    const top = this.#reached.n + this.#window;
    if (n <= top || newView?.selected.some(([selected]) => selected === n) === true) return null;
    return shownBy(`${which}, above its window, which ends at n=${top}`, this.#reached, record);
  }
}

const GENESIS = { e: "boot", v: 0, h: 0, lastExec: 0, time: 0, replica: 0, boot: 0, n: 0 } as const;
