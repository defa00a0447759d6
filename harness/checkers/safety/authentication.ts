import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { badClientOf } from "../../plan/hosted-clients.ts";
import type { Absence, Checker, CheckerInput, Violation } from "../checker.ts";
import { CLOCK_TOLERANCE_NS, goodLogs, short, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { calmWindows, inMs, type Window } from "../windows.ts";
import { supportOf } from "./support.ts";

/** Of these no sender is to blame: it was too much at once, or came too early or too late. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set([
  "rate",
  "outside the window",
  "too much waits",
]);
/** What a client made, or when, is not the fault of who passes it on, or orders it. */
const OF_A_CLIENT: ReadonlySet<string> = new Set([
  "REQUEST:old timestamp",
  "REQUEST:a newer one waits",
  "REQUEST:two operations for one timestamp",
  "REQUEST:set aside",
  "REQUEST:signature",
  "REQUEST:MAC",
]);
/** Whatever carries the request. */
const UNAUTHENTIC = "unauthentic request";
/** Its tag names keys that its reader has replaced (protocols §2.9). */
const UNDER_OLD_KEYS = "old keys";

/**
 * S-18: what a good replica takes for a good one's word is that: a proposal, a NEW-VIEW or keys
 * that it accepts were made so, and nothing that comes from a good one itself is refused, but for
 * its rate, its age, for want of room, or because its reader has other keys by now.
 */
export const authentication: Checker = {
  id: "S-18",
  summary: "good replicas accept from good ones what these sent, and refuse them nothing",
  idle: "no good replica took anything that a good one must have made",
  promise: "safety",
  needs: ["audits"],
  judges: ["votes"],
  check(input) {
    const logs = goodLogs(input);
    const keys = new Keys(input);
    const made = new Made(
      logs.flatMap(([, records]) => records),
      input,
    );
    const violations: Violation[] = [];
    let judged = 0;
    for (const [, records] of logs) {
      for (const record of records) {
        if (record.e === "reject") {
          judged += 1;
          const rests = ifUnjust(record, input, keys);
          if (rests === null) continue;
          const { replica, type, from, reason } = record;
          const what = `r${replica} refused ${type} of r${from}: ${reason}`;
          violations.push({ ...shownBy(what, record), rests });
        } else {
          const accepted = made.accepted(record);
          if (accepted === null) continue;
          judged += 1;
          violations.push(...accepted);
        }
      }
    }
    const counted = countedRefusals(input, keys);
    return provenOutcome(input, judged + counted.judged, [...violations, ...counted.violations]);
  },
};

/**
 * What a log does not tell of at the level of decisions, a replica counts by reason, and not by
 * whom: where all are good, and all clients are, whoever it was should not have been refused.
 */
function countedRefusals(
  { observations, good }: CheckerInput,
  keys: Keys,
): {
  readonly judged: number;
  readonly violations: readonly Violation[];
} {
  const { plan, samples } = observations;
  const allAreGood = good.size === plan.cluster.parameters.replicas && badClientOf(plan) === null;
  if (!allAreGood) return { judged: 0, violations: [] };
  const found = new Map<string, Violation>();
  const last = new Map<string, { readonly times: number; readonly sample: StatusSample }>();
  for (const sample of samples) {
    const { replica, time, status } = sample;
    for (const [count, times] of Object.entries(status?.rejected ?? {})) {
      const name = `${replica} ${count}`;
      const before = last.get(name);
      last.set(name, { times, sample });
      const [type = "", reason = ""] = count.split(":");
      if (isExcused({ type, reason }) || found.has(name)) continue;
      const what = `r${replica} refused ${type} of good replicas, ${times} times: ${reason}`;
      const violation = { what, replica, time, records: [sample] };
      if (reason !== UNDER_OLD_KEYS) found.set(name, violation);
      else if (before !== undefined && times > before.times) {
        const rests = keys.allNewest(replica, { from: before.sample.time, to: time });
        if (rests !== null)
          found.set(name, { ...violation, records: [before.sample, sample], rests });
      }
    }
  }
  return { judged: last.size, violations: [...found.values()] };
}

/** What is said of a moment, or of a client. */
function isExcused({ type, reason }: Pick<RecordOf<"reject">, "type" | "reason">): boolean {
  if (OF_THE_MOMENT.has(reason)) return true;
  return OF_A_CLIENT.has(`${type}:${reason}`) || reason === UNAUTHENTIC;
}

/** What good replicas say that they made. */
class Made {
  readonly #input: CheckerInput;
  readonly #proposed: ReadonlySet<string>;
  /** By view; a line that a kill took is none. */
  readonly #newViews = new Map<number, RecordOf<"newview">>();
  /** When, by replica and counter. */
  readonly #keys = new Map<string, number>();
  readonly #restarts: readonly RestartLine[];

  constructor(records: readonly AuditRecord[], input: CheckerInput) {
    this.#input = input;
    this.#proposed = new Set(
      records
        .filter(({ e }) => e === "preprepared" || e === "newview")
        .flatMap((record) => supportOf(record, input.subject)),
    );
    this.#restarts = restartsIn(records);
    for (const record of records) {
      if (record.e === "keys" && record.of === record.replica) {
        this.#keys.set(`${record.of} ${record.counter}`, record.time);
      }
      const isOwn = record.e === "newview" && record.replica === input.subject.leaderOf(record.v);
      if (isOwn) this.#newViews.set(record.v, record);
    }
  }

  /** What is wrong with it; null if it is nothing that another good replica could have made. */
  accepted(record: AuditRecord): readonly Violation[] | null {
    if (record.e === "keys") return this.#newKey(record);
    if (record.e !== "preprepared" && record.e !== "newview") return null;
    const leader = this.#input.subject.leaderOf(record.v);
    if (leader === null || leader === record.replica || !this.#input.good.has(leader)) return null;
    return record.e === "newview" ? this.#newView(record) : this.#proposal(record, leader);
  }

  #newKey(record: AuditRecord & RecordOf<"keys">): readonly Violation[] | null {
    const { replica, of, counter, time } = record;
    if (of === replica || !this.#input.good.has(of)) return null;
    const until = time + CLOCK_TOLERANCE_NS;
    const chosen = this.#keys.get(`${of} ${counter}`);
    if (chosen !== undefined && chosen <= until) return [];
    const when = chosen === undefined ? "never chose" : `chose only at ${inMs(chosen)} ms`;
    const what = `r${replica} took keys ${counter} of r${of} at ${inMs(time)} ms, which it ${when}`;
    return [{ ...shownBy(what, record), rests: [{ file: FILES.audit(of), until }] }];
  }

  #newView(record: AuditRecord & RecordOf<"newview">): readonly Violation[] | null {
    const own = this.#newViews.get(record.v);
    if (own === undefined) return null;
    if (choiceOf(own) === choiceOf(record)) return [];
    const what = `r${record.replica} entered view ${record.v} by another NEW-VIEW than its primary`;
    return [shownBy(what, own, record)];
  }

  #proposal(record: AuditRecord & RecordOf<"preprepared">, leader: number): readonly Violation[] {
    const { replica, v, n, d, time } = record;
    if (this.#proposed.has(`${leader} preprepared ${v} ${n} ${d}`)) return [];
    if (this.#restarts.some((restart) => mayHaveCost(restart, { leader, v, n, time }))) return [];
    const what = `r${replica} accepted ${short(d)} at (v=${v}, n=${n}), which r${leader} never proposed`;
    // Whatever a replica sends is in its log before.
    return [{ ...shownBy(what, record), rests: [{ file: FILES.audit(leader), until: time }] }];
  }
}

type BootLine = AuditRecord & RecordOf<"boot">;

interface RestartLine extends BootLine {
  /** The highest number of the view it starts in that it had proposed or accepted there. */
  readonly highest: number;
}

/** @param records one log after the other */
function restartsIn(records: readonly AuditRecord[]): readonly RestartLine[] {
  const found: RestartLine[] = [];
  const highest = new Map<string, number>();
  for (const record of records) {
    if (record.e === "preprepared") highest.set(`${record.replica} ${record.v}`, record.n);
    if (record.e !== "boot" || record.boot === 1) continue;
    found.push({ ...record, highest: highest.get(`${record.replica} ${record.v}`) ?? 0 });
  }
  return found;
}

/**
 * A kill takes the last lines of what is on the disk and was not sent yet. Who starts again sends
 * it, and repeats only the lines above its stable mark.
 */
function mayHaveCost(
  { replica, v, h, highest, time }: RestartLine,
  taken: Pick<RecordOf<"preprepared">, "v" | "n"> & {
    readonly leader: number;
    readonly time: number;
  },
): boolean {
  if (replica !== taken.leader || v !== taken.v || time > taken.time) return false;
  return taken.n > highest && taken.n <= h;
}

function choiceOf({ base, selected }: RecordOf<"newview">): string {
  return JSON.stringify([base, selected]);
}

type KeyLine = AuditRecord & (RecordOf<"keys"> | RecordOf<"boot">);

function isKeyLine(record: AuditRecord): record is KeyLine {
  return record.e === "keys" || record.e === "boot";
}

/** What it rests on that a rejection speaks against a good replica; null if it does not. */
function ifUnjust(
  { type, from, reason, replica, time }: AuditRecord & RecordOf<"reject">,
  { good }: CheckerInput,
  keys: Keys,
): readonly Absence[] | null {
  if (!good.has(from) || isExcused({ type, reason })) return null;
  if (reason !== UNDER_OLD_KEYS) return [];
  return keys.isNewest({ from, to: replica }, { from: time, to: time })
    ? keys.restsOn([from], time)
    : null;
}

/** Whose keys were known to whom, and since when. */
class Keys {
  readonly #good: ReadonlySet<number>;
  readonly #calm: readonly Window[];
  readonly #boundNs: number;
  /** By replica: when it started, and whose keys it chose or got. */
  readonly #lines = new Map<number, readonly KeyLine[]>();

  constructor({ observations, budget, good }: CheckerInput) {
    this.#good = good;
    this.#calm = calmWindows(observations, budget);
    this.#boundNs = observations.plan.recoveryBound.totalMs * 1e6;
    for (const [replica, records] of observations.audits) {
      this.#lines.set(replica, records.filter(isKeyLine));
    }
  }

  restsOn(senders: readonly number[], until: number): readonly Absence[] {
    return [...senders.map((sender) => FILES.audit(sender)), FILES.ledger].map((file) => {
      return { file, until };
    });
  }

  /** The same of all that speak to a replica; null if somebody did not have its keys. */
  allNewest(to: number, window: Window): readonly Absence[] | null {
    const senders = [...this.#good].filter((replica) => replica !== to);
    if (!senders.every((from) => this.isNewest({ from, to }, window))) return null;
    return this.restsOn([...senders, to], window.to);
  }

  /**
   * Whether the sender has had the newest keys of its receiver, all that time and for so long
   * before that nothing under older ones was on its way any more, in a network that was at peace
   * for as long.
   */
  isNewest({ from, to }: { readonly from: number; readonly to: number }, window: Window): boolean {
    const chosen = this.#last(
      to,
      (line) => line.time <= window.to && (line.e === "boot" || line.of === to),
    );
    const got = this.#last(
      from,
      (line) => line.time <= window.to && (line.e === "boot" || line.of === to),
    );
    const isNewest = got?.e === "keys" && chosen?.e === "keys" && got.counter === chosen.counter;
    if (!isNewest || got.time + this.#boundNs > window.from) return false;
    return this.#calm.some(
      (calm) => calm.from + this.#boundNs <= window.from && window.to <= calm.to,
    );
  }

  #last(replica: number, isMeant: (line: KeyLine) => boolean): KeyLine | undefined {
    return this.#lines.get(replica)?.findLast(isMeant);
  }
}
