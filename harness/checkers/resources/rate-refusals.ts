import type { FaultEffect } from "../../../faults/fault.ts";
import { FILES } from "../../observations/store.ts";
import { badClientOf } from "../../plan/hosted-clients.ts";
import type { Checker, CheckerInput, Evidence, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { Strikes } from "../liveness/strikes.ts";
import { provenOutcome } from "../proof.ts";
import { inMs, type Window } from "../windows.ts";
import { Bunches } from "./bunches.ts";

const RATE = "rate";
/**
 * How often a client asks again is not the doing of who forwards it. And two questions are refused
 * by how long their answers would be, which who asks cannot know: it asks again.
 */
const UNJUDGED = new Set(["REQUEST", "FETCH-BODY", "FETCH-REQUEST"]);
const FETCH_STATE = "FETCH-STATE";
/** Asked again in each period that does not answer it: a question for a state waits instead. */
const PROVE = "PROVE";
/** How many of a kind may be too many when what was held back for so long comes at once. */
const PACES: ReadonlyMap<string, Pace> = new Map<string, Pace>([
  // A question waits for its answer, four periods or more; only each new aim asks at once.
  [FETCH_STATE, ({ periods, aims }) => aims + Math.ceil(periods / 4) + 1],
  // 32 a period, and one period more at either end; of those 64 are granted at once.
  [PROVE, ({ periods }) => 32 * (periods + 2) - 64],
]);
/** Of what is said once a period so many are granted in one; of STATUS more (protocols §12.4). */
const GRANTED = 2;
const STATUS_GRANTED = 4;
/** Until who dials again has got through: the greatest back-off of the transport. */
const RECONNECT_MS = 250;
/** Who answers no STATUS for so long has stood still, as a health check would see it. */
const STILL_PERIODS = 3;
/** What strikes a link so never comes. */
const LOST: ReadonlySet<string> = new Set(["loss", "drop"]);
/** What is held back comes with the heal, but STATUS goes on to ask for what is missing. */
const AFTER_HEAL = new Set(["STATUS"]);
/** What comes is certain at once; elsewhere it is said again until enough have vouched for it. */
const CERTAIN_AT_ONCE = new Set(["pbft-sig"]);
/** So many of a peer are taken in a period, one more for each 32 KiB (protocols §12.4). */
const VIEW_CHANGES_TAKEN = 4;
const VIEW_CHANGE_BYTES = 32 * 1_024;
/** What came with the heal is looked at by then. */
const HEALED_PERIODS = 4;

/**
 * A good replica says what it repeats once in a STATUS period (protocols §11.1), and is refused
 * nothing for its rate (protocols §12.4) unless that comes at once: what an outage of the link, or
 * of one of its ends, has held back. So no more of a kind is refused than there were periods in
 * outages, each of which lasts for the bound of L-2 after its heal. The start of the cluster is one
 * as well, and may have begun a bound before anybody was asked. Where all is signed a log tells of
 * all but STATUS when it was refused: where no outage is near, none may be. Questions go at half of
 * the pace that is granted (protocols §8.4, §22.2): of those none is refused, unless the link
 * itself, or who they are for, let them wait, or who asks has just started and dials, and then no
 * more than were asked until it was over.
 * Whom a busy machine does not let run answers no STATUS either. For vouchers a replica asks 32
 * times in a period. For a state it asks once in four, and once for each checkpoint that it aims
 * at, of which its log tells. A simulated
 * wire that doubles frames, or delays some by periods more than others, does to all of them what an
 * outage does to those that it has held back. Where no such wire, no disk and no machine lets
 * anything wait for a period, and nothing strikes but lies, three STATUS come in one at most, and
 * none is refused.
 */
export const rateRefusals: Checker = {
  id: "rate-refusals",
  summary: "good replicas refuse good ones for their rate no more than outages have held back",
  idle: "no good replica counts a refusal of a good one for its rate",
  promise: "liveness",
  needs: ["ledger"],
  judges: ["certificates"],
  check(input) {
    const outages = new Outages(input);
    const held = new Held(input);
    const violations: Violation[] = [];
    let judged = 0;
    for (const refused of refusals(input)) {
      const { to, from, type, times, time, record } = refused;
      const isNothing = held.isNothing(refused);
      const allowed = isNothing ? 0 : allowedOf(refused, outages);
      judged += 1;
      if (times <= allowed) continue;
      const whose = from.length === 1 ? `of r${from[0]}` : "of good replicas";
      const what =
        `r${to} refused ${times} ${type} ${whose} for their rate by ${inMs(time)} ms; ` +
        `outages may have held back ${allowed}`;
      // A log that breaks off may have told of more views, or of more states that were sought.
      const told = isNothing || type === FETCH_STATE ? from.map(FILES.audit) : [];
      // So may polls that break off, of a standstill.
      const counted = PACES.has(type) ? [...told, FILES.samples] : told;
      const rests = [FILES.ledger, ...counted].map((file) => ({ file, until: time }));
      violations.push({ what, replica: to, time, records: [record], rests });
    }
    return provenOutcome(input, judged, violations);
  },
};

function allowedOf({ to, from, type, time, isTold }: Refused, outages: Outages): number {
  if (type === "STATUS" && outages.areNone) return 0;
  const isTimed = isTold && !AFTER_HEAL.has(type);
  const granted = type === "STATUS" ? STATUS_GRANTED : GRANTED;
  const bunched = outages.bunched(granted, time);
  const held = from.map((peer) => {
    const pace = PACES.get(type);
    const way = { from: peer, to };
    if (pace !== undefined) return outages.heldBack({ way, type, until: time }, pace);
    if (isTimed && outages.areOver([to, peer], time)) return bunched;
    return bunched + outages.periods([to, peer], time);
  });
  return held.reduce((sum, periods) => sum + periods, 0);
}

/** What there may have been to hold back. */
class Held {
  readonly #input: CheckerInput;

  constructor(input: CheckerInput) {
    this.#input = input;
  }

  /** Of a VIEW-CHANGE only the first counts, so no more can come at once than views were left. */
  isNothing({ from, type, time, isTold }: Refused): boolean {
    const { messages } = this.#input.observations.plan.cluster;
    if (type !== "VIEW-CHANGE" || !isTold || messages === undefined) return false;
    const bytes = messages.sizes[type] ?? 0;
    const each = 1 + Math.floor(bytes / VIEW_CHANGE_BYTES);
    const lines = from.flatMap((peer) => this.#input.observations.audits.get(peer) ?? []);
    const left = lines.flatMap((line) =>
      line.e === "viewchange" && line.time <= time ? [line.v] : [],
    );
    return each * new Set(left).size <= VIEW_CHANGES_TAKEN;
  }
}

interface Refused {
  readonly to: number;
  /** Whom it may have been from. */
  readonly from: readonly number[];
  readonly type: string;
  readonly times: number;
  readonly time: number;
  /** A log tells of it, and so when it was, and it is not said again without need. */
  readonly isTold: boolean;
  readonly record: NonNullable<Evidence["records"]>[number];
}

/** What a replica counts it counts by reason: it tells of good ones where nobody is bad. */
function refusals(input: CheckerInput): readonly Refused[] {
  const { observations, good } = input;
  const { plan, samples } = observations;
  const { replicas } = plan.cluster.parameters;
  const isTold = CERTAIN_AT_ONCE.has(plan.cluster.protocol);
  const logged = goodLogs(input).flatMap(([to, records]) =>
    records.flatMap((record): readonly Refused[] => {
      if (record.e !== "reject" || record.reason !== RATE || !good.has(record.from)) return [];
      const { type, from, count, time } = record;
      if (!isJudged(type)) return [];
      return [{ to, from: [from], type, times: count ?? 1, time, isTold, record }];
    }),
  );
  if (good.size < replicas || badClientOf(plan) !== null) return logged;
  const highest = new Map<string, number>();
  const counted = samples.flatMap((sample): readonly Refused[] => {
    const { replica: to, time, status } = sample;
    const from = [...good].filter((peer) => peer !== to);
    return Object.entries(status?.rejected ?? {}).flatMap(([key, times]) => {
      const [type = "", reason] = key.split(":");
      const counter = `${to} ${type}`;
      // What was counted before was judged then: the more time, the more may have been held back.
      const isMore = times > (highest.get(counter) ?? 0);
      const isMeant = reason === RATE && isJudged(type) && isMore;
      if (isMeant) highest.set(counter, times);
      return isMeant ? [{ to, from, type, times, time, isTold: false, record: sample }] : [];
    });
  });
  return [...logged, ...counted];
}

function isJudged(type: string): boolean {
  return !UNJUDGED.has(type);
}

/** When something may have held back what passes between two replicas. */
class Outages {
  readonly #input: CheckerInput;
  readonly #strikes: Strikes;
  readonly #bunches: Bunches;

  constructor(input: CheckerInput) {
    const { simulation, cluster } = input.observations.plan;
    this.#input = input;
    this.#strikes = new Strikes(input.observations);
    this.#bunches = new Bunches(simulation, cluster.parameters.timers.statusMs);
  }

  /** Nothing holds anything back for a period, from beginning to end. */
  get areNone(): boolean {
    const { simulation, cluster } = this.#input.observations.plan;
    if (simulation === undefined || simulation.costs !== undefined) return false;
    // A long row of records, each of which takes its time.
    if (cluster.durability === "fsync-each") return false;
    const { network, calm = network, disk } = simulation;
    const isPrompt = [network, calm].every(
      ({ delayMaxMs, duplication, reordering, reconnectMaxMs }) =>
        duplication + reordering === 0 &&
        delayMaxMs + reconnectMaxMs + 2 * disk.fsyncMaxMs < cluster.parameters.timers.statusMs,
    );
    return isPrompt && this.#strikes.which(({ on }) => on !== "behaviour").length === 0;
  }

  /** What a wire brings at once by itself, of what is granted so often in a period. */
  bunched(granted: number, until: number): number {
    return this.#bunches.refused(granted, this.#periodsOf({ from: this.#begun, to: until }));
  }

  /** STATUS periods in outages of one of these replicas, up to that time. */
  periods(replicas: readonly number[], until: number): number {
    const start = { from: this.#begun - this.#boundNs, to: 0 };
    return this.#periodsIn([start, ...this.#strikes.of(replicas)], until);
  }

  /** By the pace of who asks, where frames of one for another waited; twice where they doubled. */
  heldBack({ way, type, until }: Questions, pace: Pace): number {
    const refusedIn = (windows: readonly Window[]) =>
      this.#merged(windows, { extraNs: RECONNECT_MS * 1e6, until })
        .map((window) => pace({ periods: this.#periodsOf(window), aims: this.#aims(way, window) }))
        .reduce((sum, refused) => sum + refused, 0);
    const waited = this.#strikes.which((effect) => holdsBack(effect, way));
    const doubled = this.#strikes.which((effect) => effect.on === "wire" && holdsBack(effect, way));
    const times = this.#bunches.doublings(GRANTED);
    const always = times === 0 ? 0 : times * refusedIn([{ from: this.#begun, to: until }]);
    const starts = type === PROVE ? this.#startsOf(way.from) : [];
    const late = [...waited, ...this.#standstills(way.to), ...starts];
    return refusedIn(late) + 2 * refusedIn(doubled) + always;
  }

  /** Who is started again asks at once, and what it asks waits until its links are up. */
  #startsOf(replica: number): readonly Window[] {
    const name = `r${replica}`;
    return this.#strikes
      .which((effect) => effect.on === "process" && effect.replica === name)
      .map(({ to }) => ({ from: to, to }));
  }

  get #begun(): number {
    return Math.min(0, this.#input.observations.samples[0]?.time ?? 0);
  }

  /** What comes to a replica that a busy machine lets stand still waits for it. */
  #standstills(replica: number): readonly Window[] {
    const { plan, samples } = this.#input.observations;
    const longestNs = STILL_PERIODS * plan.cluster.parameters.timers.statusMs * 1e6;
    const answered = samples.filter((sample) => sample.replica === replica && sample.up);
    return answered.flatMap(({ time: to }, index) => {
      const from = answered[index - 1]?.time ?? to;
      return to - from > longestNs ? [{ from, to }] : [];
    });
  }

  /** So often one aimed at another checkpoint, and asked the other for it. */
  #aims({ from, to }: Way, window: Window): number {
    const lines = this.#input.observations.audits.get(from) ?? [];
    const aims = lines.filter(
      (line) =>
        line.e === "statetransfer" &&
        line.from.includes(to) &&
        line.time >= window.from &&
        line.time <= window.to,
    );
    return aims.length;
  }

  /** None of theirs is near that time. */
  areOver(replicas: readonly number[], time: number): boolean {
    const { statusMs } = this.#input.observations.plan.cluster.parameters.timers;
    const from = time - HEALED_PERIODS * statusMs * 1e6;
    return !this.#strikes.of(replicas).some((strike) => strike.from <= time && strike.to >= from);
  }

  get #boundNs(): number {
    return this.#input.observations.plan.recoveryBound.totalMs * 1e6;
  }

  #periodsIn(windows: readonly Window[], until: number): number {
    const outages = this.#merged(windows, { extraNs: this.#boundNs, until });
    const ns = outages.reduce((sum, { from, to }) => sum + to - from, 0);
    return this.#periodsOf({ from: 0, to: ns });
  }

  #periodsOf({ from, to }: Window): number {
    const { statusMs } = this.#input.observations.plan.cluster.parameters.timers;
    return Math.ceil((to - from) / 1e6 / statusMs);
  }

  /** Each so much longer, up to that time, and what overlaps as one. */
  #merged(
    windows: readonly Window[],
    { extraNs, until }: { readonly extraNs: number; readonly until: number },
  ): readonly Window[] {
    const merged: Window[] = [];
    for (const { from, to } of windows.toSorted((a, b) => a.from - b.from)) {
      const end = Math.min(until, to + extraNs);
      const last = merged.at(-1);
      if (last !== undefined && from <= last.to) {
        merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, end) };
      } else if (end > from) merged.push({ from, to: end });
    }
    return merged;
  }
}

interface Way {
  readonly from: number;
  readonly to: number;
}

interface Questions {
  readonly way: Way;
  readonly type: string;
  readonly until: number;
}

type Pace = (held: HeldBack) => number;

interface HeldBack {
  readonly periods: number;
  /** Checkpoints that the state was sought of meanwhile. */
  readonly aims: number;
}

/** What is not sent waits where it would be sent from, and a shaped link lets go of all at once. */
function holdsBack(effect: FaultEffect, way: Way): boolean {
  const [from, to] = [`r${way.from}`, `r${way.to}`];
  if (effect.on === "process" || effect.on === "cpu") return effect.replica === to;
  if (!("from" in effect) || effect.from !== from || effect.to !== to) return false;
  return !LOST.has(effect.condition.kind);
}
