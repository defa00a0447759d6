import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import { membershipOf, quorumOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";

/** What a line may come after what it tells of, as a share of the time-out. */
const LATE_SHARE = 0.25;

/**
 * L-12: a view whose primary is good is given up for the next one when a time-out has run out, and
 * not before. `Treq` starts when the view is entered at the earliest, `Tvc` when a quorum has asked
 * for it (protocols §10.2, §10.3); whoever joins f+1 others needs neither (protocols §10.4). No
 * time-out is shorter than the configured one.
 */
export const patience: Checker = {
  id: "L-12",
  summary: "nobody gives up a good primary's view before its time-out, but to join others",
  idle: "nobody gave up a view of a good primary by itself",
  promise: "liveness",
  needs: ["audits"],
  judges: ["views"],
  check(input) {
    const { timers } = input.observations.plan.cluster.parameters;
    const leastNs = timers.requestMs * (1 - LATE_SHARE) * 1e6;
    const late = new LateLines(input);
    const asked = new Asked(input);
    const violations: Violation[] = [];
    let judged = 0;
    for (const [replica, records] of goodLogs(input)) {
      for (const { line, view, entered } of givenUpIn(records)) {
        const { time, v } = line;
        if (v !== view + 1 || !asked.isGood(view % asked.replicas)) continue;
        if (asked.mayJoin({ replica, above: view, time })) continue;
        judged += 1;
        const quorum = asked.byQuorum(view, time);
        const since = Math.min(entered ?? Number.POSITIVE_INFINITY, quorum);
        const isAsked = since < Number.POSITIVE_INFINITY;
        if (time - since >= leastNs || (isAsked && late.mayBeOf(replica, since))) continue;
        violations.push({
          what:
            `r${replica} gave up view ${view} at ${inMs(time)} ms, ` +
            `${startOf({ entered, quorum })}; the time-out is ${timers.requestMs} ms at least`,
          replica,
          time,
          records: [line],
          rests: goodLogs(input).map(([each]) => ({ file: FILES.audit(each), until: time })),
        });
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

function startOf({
  entered,
  quorum,
}: {
  readonly entered: number | null;
  readonly quorum: number;
}) {
  if (entered !== null) return `which it had entered at ${inMs(entered)} ms`;
  if (quorum === Number.POSITIVE_INFINITY) return "before a quorum can have asked for it";
  return `for which a quorum can have asked at ${inMs(quorum)} ms`;
}

type Asking = Extract<AuditRecord, { readonly e: "viewchange" }>;

interface GivenUp {
  /** With which it asked for the next one. */
  readonly line: Asking;
  readonly view: number;
  /** When it had entered it, ns; null if it waited for it in vain. */
  readonly entered: number | null;
}

function givenUpIn(records: readonly AuditRecord[]): readonly GivenUp[] {
  const givenUp: GivenUp[] = [];
  let at: Omit<GivenUp, "line"> | null = null;
  for (const record of records) {
    if (record.e === "viewchange") {
      if (at !== null) givenUp.push({ line: record, ...at });
      at = { view: record.v, entered: null };
    } else if (record.e === "newview" || record.e === "boot") {
      // Who starts again may be in the view, and its timers start then.
      at = { view: record.v, entered: record.time };
    }
  }
  return givenUp;
}

/** Whose lines may come long after the step that they tell of, and that set the timer. */
class LateLines {
  readonly #ofAll: boolean;
  /** By replica: since when it has been paused, or was held back, for the first time, ns. */
  readonly #since = new Map<string, number>();

  constructor({ observations: { plan, ledger } }: CheckerInput) {
    const { simulation, cluster } = plan;
    const leastMs = cluster.parameters.timers.requestMs * LATE_SHARE;
    // A line waits for the write that is under way, and for its own; if each has a sync of its
    // own, for those of all lines before it.
    const diskMs = 2 * (simulation?.disk.fsyncMaxMs ?? 0);
    const isInLine = simulation !== undefined && cluster.durability === "fsync-each";
    this.#ofAll = simulation?.costs !== undefined || diskMs > leastMs || isInLine;
    for (const line of ledger) {
      if (line.kind !== "intent") continue;
      for (const effect of line.effects) {
        const isPaused = effect.on === "process" && effect.condition.kind === "paused";
        if (!isPaused && effect.on !== "cpu") continue;
        this.#since.set(effect.replica, this.#since.get(effect.replica) ?? line.time);
      }
    }
  }

  /** @param until the line's time, ns */
  mayBeOf(replica: number, until: number): boolean {
    return this.#ofAll || (this.#since.get(`r${replica}`) ?? Number.POSITIVE_INFINITY) <= until;
  }
}

/** Who asked for which view, and when. */
class Asked {
  readonly replicas: number;
  readonly #good: ReadonlySet<number>;
  readonly #quorum: number;
  readonly #weakQuorum: number;
  /** Of each good replica, in the order of time. */
  readonly #asks: ReadonlyMap<number, readonly Pick<Asking, "time" | "v">[]>;

  constructor(input: CheckerInput) {
    const members = membershipOf(input.observations.plan.cluster);
    this.replicas = members.replicas;
    this.#good = input.good;
    this.#quorum = quorumOf(members);
    this.#weakQuorum = members.tolerates.byzantine + 1;
    this.#asks = new Map(
      goodLogs(input).map(([replica, records]) => [replica, records.flatMap(askOf)] as const),
    );
  }

  isGood(replica: number): boolean {
    return this.#good.has(replica);
  }

  /** Whether others that had asked for views above this one, and all who may lie, are enough. */
  mayJoin(who: {
    readonly replica: number;
    readonly above: number;
    readonly time: number;
  }): boolean {
    const others = [...this.#asks].filter(
      ([replica, asks]) =>
        replica !== who.replica && asks.some(({ time, v }) => v > who.above && time <= who.time),
    );
    return others.length + this.#bad >= this.#weakQuorum;
  }

  /** Since when a quorum can have asked for this view or a later one; infinity: not by then. */
  byQuorum(view: number, until: number): number {
    const needed = this.#quorum - this.#bad;
    const times = [...this.#asks.values()].flatMap(
      (asks) => asks.find(({ time, v }) => v >= view && time <= until)?.time ?? [],
    );
    if (needed <= 0) return Number.NEGATIVE_INFINITY;
    return times.toSorted((a, b) => a - b)[needed - 1] ?? Number.POSITIVE_INFINITY;
  }

  get #bad(): number {
    return this.replicas - this.#good.size;
  }
}

/** Who starts again in a view may have asked for it in a life whose lines are lost. */
function askOf({ time, ...record }: AuditRecord): readonly Pick<Asking, "time" | "v">[] {
  return record.e === "viewchange" || record.e === "boot" ? [{ time, v: record.v }] : [];
}
