/** Plays many random plans and judges each; a seed that fails says how to run it again. */
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import type { Observations } from "../../observations/observations.ts";
import type { Plan } from "../../plan/plan.ts";
import { drawPlan } from "./draw-plan.ts";
import type { Intruder } from "./kernel.ts";
import { type PlayedPlan, playPlan } from "./play-plan.ts";
import { type ExploreStats, goalsOf, type SeedTotals, Tally, totalsOf } from "./tally.ts";

/** A check that found its promise broken, in one line or a few. */
export interface Broken {
  readonly check: string;
  readonly what: string;
}

export interface SeedOptions {
  readonly protocol: Protocol;
  readonly service: ServiceDefinition;
  readonly signatures: "fast" | "ed25519";
  /** Judges what was observed; this folder knows no checkers, so they come as a value. */
  readonly judge: (observations: Observations) => readonly Broken[];
  /** What one replica does in every plan; null: drawn, in most plans nobody lies. */
  readonly behaviour?: string | null;
  /** What one client does in every plan; null: drawn, in most plans all are good. */
  readonly attack?: string | null;
  /** f in every plan; null: drawn. */
  readonly faults?: number | null;
  /** Off: work costs nothing. */
  readonly costs?: "drawn" | "off";
  /** The planted bug that protocol and service are made with. */
  readonly mutant?: string | null;
}

export interface ExploreOptions extends SeedOptions {
  readonly firstSeed: number;
  readonly seeds: number;
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
  const { played, broken } = judgePlan(drawnPlan(seed, options), options);
  return { seed, broken, totals: totalsOf(played, goalsOf(options.protocol.name)) };
}

/** As `seedResult` plays it. */
export function drawnPlan(seed: number, options: SeedOptions): Plan {
  return drawPlan(seed, options.protocol, options.service, options);
}

export interface JudgeOptions extends Pick<SeedOptions, "protocol" | "service" | "judge"> {
  readonly intruder?: Intruder;
}

/** Plays and judges one plan, drawn or kept from an earlier failure. */
export function judgePlan(
  plan: Plan,
  { protocol, service, judge, intruder }: JudgeOptions,
): { readonly played: PlayedPlan; readonly broken: readonly Broken[] } {
  const nodes = { protocols: [protocol], services: [service] };
  const played = playPlan(plan, { nodes, intruder, rerun: rerunCommand(plan.seed, protocol) });
  const { observations } = played;
  const { harness } = observations.run;
  // Nobody can tell what it would have come to; that it was not played is no promise kept.
  if (harness.state !== "ok") return { played, broken: [{ check: "harness", what: harness.why }] };
  return { played, broken: judge(observations) };
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
