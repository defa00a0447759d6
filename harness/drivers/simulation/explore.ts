/** Plays many random schedules and judges each; a seed that fails says how to run it again. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import type { LedgerEntry, Observations } from "../../observations/observations.ts";
import { drawSchedule, forService } from "./draw-schedule.ts";
import { observationsOf } from "./observe.ts";
import { type Played, type PlayOptions, play } from "./play.ts";
import type { Goal, ReachEvidence } from "./reach/goal.ts";
import { goals } from "./reach/registry.ts";
import type { Schedule } from "./schedule.ts";

/** A check that found its promise broken, in one line or a few. */
export interface Broken {
  readonly check: string;
  readonly what: string;
}

export interface ExploreOptions {
  readonly protocol: Protocol;
  readonly service: ServiceDefinition;
  readonly firstSeed: number;
  readonly seeds: number;
  readonly signatures: "fast" | "ed25519";
  /** Judges what was observed; this folder knows no checkers, so they come as a value. */
  readonly judge: (observations: Observations) => readonly Broken[];
  /** What one replica does in every schedule; null: drawn, in most schedules nobody lies. */
  readonly behaviour?: string | null;
  /** f in every schedule; null: drawn. */
  readonly faults?: number | null;
  readonly onSeed?: (seed: number, failures: number) => void;
  /** Ends the exploration early. */
  readonly stop?: () => boolean;
}

export interface Failure {
  readonly seed: number;
  readonly broken: readonly Broken[];
  readonly rerun: string;
}

/** Totals over all seeds: what really happened, so that a green exploration is not an empty one. */
export interface ExploreStats {
  readonly seeds: number;
  readonly operations: number;
  readonly unknown: number;
  readonly viewChanges: number;
  /** Seeds in which some replica entered a view above 0. */
  readonly seedsWithViewChange: number;
  readonly stateTransfers: number;
  readonly crashes: number;
  readonly powerCuts: number;
  /** Times at which no replica at all was running. */
  readonly totalOutages: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Of each goal of the protocol the seeds in which good replicas came to it. */
  readonly reached: Readonly<Record<string, readonly number[]>>;
  readonly steps: number;
  readonly virtualMs: number;
}

export interface Exploration {
  readonly failures: readonly Failure[];
  readonly stats: ExploreStats;
}

export function explore(options: ExploreOptions): Exploration {
  const { firstSeed, seeds, onSeed, stop } = options;
  const failures: Failure[] = [];
  const tally = new Tally(
    goals.filter(({ protocols }) => protocols.includes(options.protocol.name)),
  );
  for (let seed = firstSeed; seed < firstSeed + seeds && stop?.() !== true; seed += 1) {
    const { played, broken } = exploreSeed(seed, options);
    tally.add(played);
    if (broken.length > 0) {
      failures.push({ seed, broken, rerun: rerunCommand(seed, options.protocol) });
    }
    onSeed?.(seed, failures.length);
  }
  return { failures, stats: tally.stats() };
}

type SeedOptions = Pick<
  ExploreOptions,
  "protocol" | "service" | "signatures" | "judge" | "behaviour" | "faults"
>;

export function exploreSeed(
  seed: number,
  options: SeedOptions,
): { readonly played: Played; readonly broken: readonly Broken[] } {
  const { protocol, behaviour, faults } = options;
  const schedule = drawSchedule(seed, protocol, behaviour, faults);
  return judgeSchedule(forService(schedule, options.service), options);
}

/** After these nothing more is played: what only the end shows cannot be judged. */
const CUT_SHORT: ReadonlySet<string> = new Set(["exception", "livelock"]);
const OF_THE_END: ReadonlySet<string> = new Set(["S-16"]);

/** Plays and judges one schedule, drawn or kept from an earlier failure. */
export function judgeSchedule(
  schedule: Schedule,
  options: SeedOptions & Pick<PlayOptions, "intruder">,
): { readonly played: Played; readonly broken: readonly Broken[] } {
  const { protocol, service, judge } = options;
  const played = play(schedule, options);
  const names = { protocol: protocol.name, service: service.name };
  const rerun = rerunCommand(schedule.seed, protocol);
  const broken = judge(observationsOf(played, { ...names, rerun }));
  const cutShort = played.trouble.some(({ check }) => CUT_SHORT.has(check));
  const owed = cutShort ? broken.filter(({ check }) => !OF_THE_END.has(check)) : broken;
  return { played, broken: [...played.trouble, ...owed] };
}

export function rerunCommand(seed: number, protocol: Protocol): string {
  return `npx bft-chaos explore --seed ${seed} --seeds 1 --protocol ${protocol.name}`;
}

/** For a test's message or the terminal: what broke and the line that plays it again. */
export function describeFailure({ seed, broken, rerun }: Failure): string {
  return [`seed ${seed}: ${rerun}`, ...broken.map(({ check, what }) => `  ${check}: ${what}`)].join(
    "\n",
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Tally {
  readonly #goals: readonly Goal[];
  readonly #faults: Record<string, number> = {};
  readonly #reached: Record<string, number[]> = {};
  readonly #stats: Mutable<Omit<ExploreStats, "faults" | "reached">> = {
    seeds: 0,
    operations: 0,
    unknown: 0,
    viewChanges: 0,
    seedsWithViewChange: 0,
    stateTransfers: 0,
    crashes: 0,
    powerCuts: 0,
    totalOutages: 0,
    steps: 0,
    virtualMs: 0,
  };

  constructor(wanted: readonly Goal[]) {
    this.#goals = wanted;
    for (const { name } of wanted) this.#reached[name] = [];
  }

  add(played: Played): void {
    const { history, ledger, audits, steps, virtualMs, processes } = played;
    const stats = this.#stats;
    const logs = [...audits.values()];
    const entered = new Set(logs.flatMap(viewsEntered));
    stats.seeds += 1;
    stats.operations += history.filter(({ type }) => type === "ok" || type === "fail").length;
    stats.unknown += history.filter(({ type }) => type === "info").length;
    stats.viewChanges += entered.size;
    if (entered.size > 0) stats.seedsWithViewChange += 1;
    stats.stateTransfers += logs.flatMap((log) => log.filter(({ e }) => e === "installed")).length;
    stats.crashes += processes.kills;
    stats.powerCuts += processes.powerCuts;
    stats.totalOutages += processes.totalOutages;
    stats.steps += steps;
    stats.virtualMs += virtualMs;
    for (const entry of ledger) {
      if (entry.kind !== "intent") continue;
      this.#faults[entry.fault] = (this.#faults[entry.fault] ?? 0) + 1;
    }
    for (const { name } of goalsSeenIn(played, this.#goals)) {
      this.#reached[name]?.push(played.schedule.seed);
    }
  }

  stats(): ExploreStats {
    return { ...this.#stats, faults: this.#faults, reached: this.#reached };
  }
}

/** Of these goals, by what good replicas wrote. */
export function goalsSeenIn(
  { schedule, audits, ledger }: Pick<Played, "schedule" | "audits" | "ledger">,
  among: readonly Goal[],
): readonly Goal[] {
  const { byzantine, cluster } = schedule;
  const good = [...audits].filter(([id]) => id !== byzantine?.replica);
  const evidence = { cluster, logs: good.map(([, log]) => log), kills: killsIn(ledger) };
  return among.filter((goal) => goal.isSeenIn(evidence));
}

function killsIn(ledger: readonly LedgerEntry[]): ReachEvidence["kills"] {
  const begun = ledger.filter((entry) => entry.kind === "intent");
  return begun.flatMap(({ time, effects }) =>
    effects.flatMap((effect) => {
      if (effect.on !== "process" || effect.condition.kind === "paused") return [];
      return [{ replica: Number(effect.replica.slice(1)), time }];
    }),
  );
}

function viewsEntered(log: readonly AuditRecord[]): number[] {
  return log.flatMap((record) => (record.e === "newview" ? [record.v] : []));
}
