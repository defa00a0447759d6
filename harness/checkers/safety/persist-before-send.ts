import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { beginsWithStart, CLOCK_TOLERANCE_NS, goodLogs, short, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { basisOf, isCertificate, supportOf } from "./support.ts";

type Vote = RecordOf<"preprepared"> | RecordOf<"prepared">;

/**
 * S-15: what a good replica sends is on its disk before. A line of its log is written when the disk
 * has what it tells of, so whoever counts its word, or takes its PRE-PREPARE or NEW-VIEW, must not
 * be earlier than that line; and what it told of before it died is what it finds when it starts
 * again.
 */
export const persistBeforeSend: Checker = {
  id: "S-15",
  summary:
    "what good replicas are counted for, or others take of them, was on their disks before, and is " +
    "after a restart",
  idle: "no good replica counted the word of another",
  promise: "safety",
  needs: ["audits"],
  judges: ["views", "votes"],
  check(input) {
    const logs = goodLogs(input);
    const said = new FirstSaid(
      logs.flatMap(([, records]) => records),
      input,
    );
    // A primary whose log was cut out of a longer one may have said it before.
    const sources = new Set(
      logs.flatMap(([replica, log]) => (beginsWithStart(log) ? [replica] : [])),
    );
    const violations: Violation[] = [];
    let judged = 0;
    for (const [, records] of logs) {
      for (const record of records) {
        const taken = takenBy(record, input);
        if (taken !== null && sources.has(taken.primary)) {
          judged += 1;
          const early = said.tooLate(taken.primary, taken, record);
          if (early !== null) violations.push(early);
        }
        const named = namedBy(record);
        if (named === null) continue;
        for (const replica of new Set(named.replicas)) {
          if (!input.good.has(replica)) continue;
          judged += 1;
          const early = said.tooLate(replica, named, record);
          if (early !== null) violations.push(early);
        }
      }
      const kept = forgottenBy(records);
      judged += kept.judged;
      violations.push(...kept.violations);
    }
    return provenOutcome(input, judged, violations);
  },
};

interface Word {
  /** In the words of `support.ts`. */
  readonly basis: string;
  readonly what: (replica: number) => string;
  /** Somebody else judges that it is there at all. */
  readonly isCounted: boolean;
}

interface Named extends Word {
  readonly replicas: readonly number[];
}

interface Taken extends Word {
  readonly primary: number;
}

/** Whose word a line rests on, its own included; null if on nobody's. */
function namedBy(record: AuditRecord): Named | null {
  if (record.e === "newview") {
    return {
      replicas: record.from,
      basis: `viewchange ${record.v}`,
      what: (replica) =>
        `r${record.replica} entered view ${record.v} on a VIEW-CHANGE of r${replica}`,
      isCounted: false,
    };
  }
  if (!isCertificate(record)) return null;
  return {
    replicas: record.by,
    basis: basisOf(record),
    what: (replica) => `r${record.replica} counted r${replica} for ${record.e} n=${record.n}`,
    isCounted: true,
  };
}

/**
 * What a backup takes of its primary: from any other nobody takes it, and who passes it on has it
 * from there.
 */
function takenBy(record: AuditRecord, { subject }: CheckerInput): Taken | null {
  if (record.e !== "newview" && record.e !== "preprepared") return null;
  const { replica, v } = record;
  const primary = subject.leaderOf(v);
  if (primary === null || primary === replica) return null;
  if (record.e === "newview") {
    const what = (author: number) => `r${replica} entered view ${v} by the NEW-VIEW of r${author}`;
    return { primary, basis: `newview ${v}`, what, isCounted: false };
  }
  const { n, d } = record;
  const what = (author: number) =>
    `r${replica} took the PRE-PREPARE (v=${v}, n=${n}) of r${author}`;
  return { primary, basis: `preprepared ${v} ${n} ${d}`, what, isCounted: true };
}

/** When each replica first said what others count it for. */
class FirstSaid {
  readonly #first = new Map<string, AuditRecord>();
  /** By `replica number digest`, the life that first had that before it. */
  readonly #accepted = new Map<string, number>();
  /** By `replica boot`, when that life began. */
  readonly #boots = new Map<string, number>();

  constructor(records: readonly AuditRecord[], { subject }: CheckerInput) {
    for (const record of records) {
      const { replica, boot, time } = record;
      if (record.e === "boot") this.#boots.set(`${replica} ${boot}`, time);
      if (record.e === "preprepared" || record.e === "stated") this.#accept(record);
      for (const basis of viewWordsOf(record)) this.#see(basis, record);
      for (const basis of supportOf(record, subject)) this.#see(basis, record);
    }
  }

  #see(basis: string, record: AuditRecord): void {
    const known = this.#first.get(basis);
    if (known === undefined || record.time < known.time) this.#first.set(basis, record);
  }

  #accept({ replica, n, d, boot }: RecordOf<"preprepared"> | RecordOf<"stated">): void {
    const name = `${replica} ${n} ${d}`;
    this.#accepted.set(name, Math.min(boot, this.#accepted.get(name) ?? boot));
  }

  /**
   * A process that is killed behind the record and before its line leaves the record: its next life
   * knows what came of a batch that this one had accepted, or was told of, and no line says so
   * (protocols §13.2).
   */
  #mayLackItsLine({ replica, boot }: AuditRecord, record: AuditRecord, until: number): boolean {
    if (!isCertificate(record)) return false;
    const accepted = this.#accepted.get(`${replica} ${record.n} ${record.d}`) ?? boot;
    if (accepted >= boot) return false;
    return (this.#boots.get(`${replica} ${accepted + 1}`) ?? Number.POSITIVE_INFINITY) <= until;
  }

  tooLate(
    replica: number,
    { basis, what, isCounted }: Word,
    record: AuditRecord,
  ): Violation | null {
    const first = this.#first.get(`${replica} ${basis}`);
    const until = record.time + CLOCK_TOLERANCE_NS;
    if (first !== undefined && first.time <= until) return null;
    if (first !== undefined && this.#mayLackItsLine(first, record, until)) return null;
    // That it never did at all is S-11, or of a PRE-PREPARE S-18.
    if (first === undefined && isCounted) return null;
    const rests = [{ file: FILES.audit(replica), until }];
    if (first === undefined) {
      return { ...shownBy(`${what(replica)}, which it never logged`, record), rests };
    }
    const late = `${what(replica)} at ${inMs(record.time)} ms, which it logged at ${inMs(first.time)} ms`;
    return { ...shownBy(late, record, first), rests };
  }
}

/**
 * Who dies between record and line repeats its VIEW-CHANGE, or its NEW-VIEW, and starts in the view
 * that it is for: nobody has had it before.
 */
function viewWordsOf(record: AuditRecord): readonly string[] {
  if (record.e !== "viewchange" && record.e !== "newview" && record.e !== "boot") return [];
  const { replica, v } = record;
  return [
    ...(record.e === "newview" ? [] : [`${replica} viewchange ${v}`]),
    ...(record.e === "viewchange" ? [] : [`${replica} newview ${v}`]),
  ];
}

/**
 * A replica that starts in a view it had entered tells its votes there once more, first of all:
 * those that are missing are gone from its disk. Those that its log goes on without.
 */
function forgottenBy(records: readonly AuditRecord[]): {
  readonly judged: number;
  readonly violations: readonly Violation[];
} {
  const violations: Violation[] = [];
  let judged = 0;
  const votes = new Map<string, AuditRecord & Vote>();
  let view: RecordOf<"viewchange"> | RecordOf<"newview"> | null = null;
  for (const [index, record] of records.entries()) {
    if (record.e === "viewchange" || record.e === "newview") view = record;
    else if (isVote(record)) votes.set(nameOf(record), record);
    if (record.e !== "boot") continue;
    // In a view that it did not enter it tells none; what it claims of them is S-13.
    if (view?.v === record.v && view.e === "viewchange") continue;
    const floor = Math.max(record.h, view?.v === record.v && view.e === "newview" ? view.base : 0);
    const { told, next } = toldFrom(records, index + 1);
    // A log that ends here, or a life, may have ended too early.
    if (next === undefined || next.e === "boot") continue;
    for (const vote of votes.values()) {
      if (vote.v !== record.v || vote.n <= floor) continue;
      judged += 1;
      if (!told.has(nameOf(vote))) violations.push(forgotten(vote, record, next));
    }
  }
  return { judged, violations };
}

/** The votes that stand in a log from there on, and what comes behind them. */
function toldFrom(
  records: readonly AuditRecord[],
  from: number,
): { readonly told: ReadonlySet<string>; readonly next: AuditRecord | undefined } {
  const told = new Set<string>();
  for (let index = from; index < records.length; index += 1) {
    const record = records[index] as AuditRecord;
    if (!isVote(record)) return { told, next: record };
    told.add(nameOf(record));
  }
  return { told, next: undefined };
}

function isVote(record: AuditRecord): record is AuditRecord & Vote {
  return record.e === "preprepared" || record.e === "prepared";
}

function nameOf({ e, v, n, d }: Vote): string {
  return `${e} ${v} ${n} ${d}`;
}

function forgotten(vote: AuditRecord & Vote, boot: AuditRecord, next: AuditRecord): Violation {
  const { replica, e, v, n, d } = vote;
  const what = `r${replica} started without its ${e} of ${short(d)} at (v=${v}, n=${n})`;
  return shownBy(what, vote, boot, next);
}
