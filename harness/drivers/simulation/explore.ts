/** Plays many random schedules and judges each; a seed that fails says how to run it again. */
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import type { Observations } from "../../observations/observations.ts";
import { drawSchedule, forService } from "./draw-schedule.ts";
import { observationsOf } from "./observe.ts";
import { type Played, type PlayOptions, play } from "./play.ts";
import type { Schedule } from "./schedule.ts";
import { type ExploreStats, goalsOf, type SeedTotals, Tally, totalsOf } from "./tally.ts";

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
  /** Ends the exploration early. */
  readonly stop?: () => boolean;
}

export interface Failure {
  readonly seed: number;
  readonly broken: readonly Broken[];
  readonly rerun: string;
}

export interface Exploration {
  readonly failures: readonly Failure[];
  readonly stats: ExploreStats;
}

/** What one seed came to; plain data, so that it may come from another thread. */
export interface SeedResult {
  readonly seed: number;
  readonly broken: readonly Broken[];
  readonly totals: SeedTotals;
}

/** What the seeds came to so far, taken in their order. */
export class Findings {
  readonly failures: Failure[] = [];
  readonly #protocol: Protocol;
  readonly #tally: Tally;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
    this.#tally = new Tally(goalsOf(protocol.name));
  }

  add({ seed, broken, totals }: SeedResult): void {
    this.#tally.add(seed, totals);
    if (broken.length === 0) return;
    this.failures.push({ seed, broken, rerun: rerunCommand(seed, this.#protocol) });
  }

  /** Goals of the protocol that no seed has come to. */
  get cold(): readonly string[] {
    return this.#tally.cold;
  }

  get exploration(): Exploration {
    return { failures: this.failures, stats: this.#tally.stats() };
  }
}

export function explore(options: ExploreOptions): Exploration {
  const { firstSeed, seeds, stop } = options;
  const findings = new Findings(options.protocol);
  for (let seed = firstSeed; seed < firstSeed + seeds && stop?.() !== true; seed += 1) {
    findings.add(seedResult(seed, options));
  }
  return findings.exploration;
}

export function seedResult(seed: number, options: SeedOptions): SeedResult {
  const { played, broken } = exploreSeed(seed, options);
  return { seed, broken, totals: totalsOf(played, goalsOf(options.protocol.name)) };
}

export type SeedOptions = Pick<
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
