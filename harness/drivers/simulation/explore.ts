/** Plays many random schedules and judges each; a seed that fails says how to run it again. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import type { Observations } from "../../observations/observations.ts";
import { drawSchedule, forService } from "./draw-schedule.ts";
import { observationsOf } from "./observe.ts";
import { type Played, type PlayOptions, play } from "./play.ts";
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
  const tally = new Tally();
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
  "protocol" | "service" | "signatures" | "judge" | "behaviour"
>;

export function exploreSeed(
  seed: number,
  options: SeedOptions,
): { readonly played: Played; readonly broken: readonly Broken[] } {
  const schedule = drawSchedule(seed, options.protocol, options.behaviour);
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
  readonly #faults: Record<string, number> = {};
  readonly #stats: Mutable<Omit<ExploreStats, "faults">> = {
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

  add({ history, ledger, audits, steps, virtualMs, processes }: Played): void {
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
  }

  stats(): ExploreStats {
    return { ...this.#stats, faults: this.#faults };
  }
}

function viewsEntered(log: readonly AuditRecord[]): number[] {
  return log.flatMap((record) => (record.e === "newview" ? [record.v] : []));
}
