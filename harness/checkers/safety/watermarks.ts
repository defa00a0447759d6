import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short, shownBy } from "../evidence.ts";

/**
 * S-14: what a good replica accepts or proposes lies in its window, or a bad primary could exhaust
 * the numbers and nobody's log had an end. Below it is what is stable, or what its view does not
 * order any more; above it what is further than the window from all that it knows to be reached.
 * So is what it names when it leaves a view, in P and in Q: others have to keep bodies for it.
 */
export const watermarks: Checker = {
  id: "S-14",
  summary:
    "no good replica accepts a number outside its window, or names one when it leaves a view",
  idle: "no good replica voted, and none asked for a view",
  promise: "safety",
  needs: ["audits"],
  judges: ["votes"],
  check(input) {
    const { window } = input.observations.plan.cluster.parameters;
    const violations: Evidence[] = [];
    let judged = 0;
    const logs = goodLogs(input);
    const left = new Map<string, Left>();
    for (const [replica, records] of logs) {
      const marks = new Marks(window);
      for (const record of records) {
        if (record.e === "preprepared") {
          judged += 1;
          const outside = marks.outside(record);
          if (outside !== null) violations.push(outside);
        } else if (record.e === "viewchange") {
          judged += 1;
          const line = { ...marks.left(), record };
          left.set(`${replica} ${record.v}`, line);
          violations.push(...namedOutside(line, { ...record, what: "P" }, record));
        } else marks.follow(record);
      }
    }
    for (const record of logs.flatMap(([, records]) => records)) {
      if (record.e !== "claims") continue;
      for (const { replica, p, q = [] } of record.of) {
        const line = left.get(`${replica} ${record.v}`);
        if (line === undefined) continue;
        judged += 1;
        violations.push(...namedOutside(line, { p, what: "P" }, record));
        violations.push(...namedOutside(line, { p: q, what: "Q" }, record));
      }
    }
    return outcomeOf(judged, violations);
  },
};

/** Where a replica stood when it left a view. */
interface Left {
  readonly record: AuditRecord & RecordOf<"viewchange">;
  readonly stable: number;
  /** Infinity where no line tells what it was let accept. */
  readonly top: number;
  /** However high. */
  readonly selected: ReadonlySet<number>;
}

function namedOutside(
  { record, stable, top, selected }: Left,
  { p, what }: Pick<RecordOf<"viewchange">, "p"> & { readonly what: string },
  line: AuditRecord,
): readonly Evidence[] {
  return p.flatMap(([n, d]) => {
    if (n > stable && (n <= top || selected.has(n))) return [];
    const which = `${what} of r${record.replica} for view ${record.v} names ${short(d)} at n=${n}`;
    return [shownBy(`${which}, outside its window (${stable}, ${top}]`, record, line)];
  });
}

/** The marks of one replica, by what it logged. */
class Marks {
  readonly #window: number;
  /** A restart may find it lower, where its record was not yet on the disk. */
  #stable: AuditRecord & { readonly n: number };
  /** The highest number known to be the end of what was decided: it only grows. */
  #reached: AuditRecord & { readonly n: number };
  #newView: RecordOf<"newview"> | null = null;
  /** By any view that it was in. */
  readonly #selected = new Set<number>();
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
        for (const [n] of record.selected) this.#selected.add(n);
        this.#reach({ ...record, n: record.base });
        break;
      default:
        break;
    }
  }

  #reach(mark: AuditRecord & { readonly n: number }): void {
    if (mark.n > this.#reached.n) this.#reached = mark;
  }

  left(): Omit<Left, "record"> {
    const isKnown = this.#viewFound === null;
    const top = isKnown ? this.#reached.n + this.#window : Number.POSITIVE_INFINITY;
    return { stable: this.#stable.n, top, selected: new Set(this.#selected) };
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
