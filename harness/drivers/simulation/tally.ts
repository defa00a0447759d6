/** What an exploration adds up: the share of a seed is plain data, so any thread may count it. */
import type { FaultEffect } from "../../../faults/fault.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { LedgerEntry, Observations } from "../../observations/observations.ts";
import type { PlayedPlan } from "./play-plan.ts";
import type { Goal, ReachEvidence } from "./reach/goal.ts";
import { goals } from "./reach/registry.ts";

/** What really happened in one seed, so that a green exploration is not an empty one. */
export interface SeedTotals {
  readonly operations: number;
  readonly unknown: number;
  readonly viewChanges: number;
  readonly stateTransfers: number;
  readonly crashes: number;
  readonly powerCuts: number;
  /** Times at which no replica at all was running. */
  readonly totalOutages: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Names of the goals that good replicas came to. */
  readonly reached: readonly string[];
}

type Counts = Omit<SeedTotals, "faults" | "reached">;

/** Totals over all seeds. */
export interface ExploreStats extends Counts {
  readonly seeds: number;
  /** Seeds in which some replica entered a view above 0. */
  readonly seedsWithViewChange: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Of each goal of the protocol the seeds in which good replicas came to it. */
  readonly reached: Readonly<Record<string, readonly number[]>>;
}

export function goalsOf(protocol: string): readonly Goal[] {
  return goals.filter(({ protocols }) => protocols.includes(protocol));
}

export function totalsOf(
  { observations, steps, virtualMs, processes }: PlayedPlan,
  among: readonly Goal[],
): SeedTotals {
  const { history, ledger, audits } = observations;
  const logs = [...audits.values()];
  const faults: Record<string, number> = {};
  for (const entry of ledger) {
    // What found nothing to strike did not happen.
    if (entry.kind === "intent" && entry.effects.length > 0)
      faults[entry.fault] = (faults[entry.fault] ?? 0) + 1;
  }
  return {
    operations: history.filter(({ type }) => type === "ok" || type === "fail").length,
    unknown: history.filter(({ type }) => type === "info").length,
    viewChanges: new Set(logs.flatMap(viewsEntered)).size,
    stateTransfers: logs.flatMap((log) => log.filter(({ e }) => e === "installed")).length,
    crashes: processes.kills,
    powerCuts: processes.powerCuts,
    totalOutages: processes.totalOutages,
    steps,
    virtualMs,
    faults,
    reached: goalsSeenIn(observations, among).map(({ name }) => name),
  };
}

/** Of these goals, by what good replicas wrote. */
export function goalsSeenIn(
  { plan, audits, ledger, history }: Pick<Observations, "plan" | "audits" | "ledger" | "history">,
  among: readonly Goal[],
): readonly Goal[] {
  const liars = new Set(
    effectsIn(ledger).flatMap((effect) => {
      return effect.on === "behaviour" ? [effect.replica] : [];
    }),
  );
  const good = [...audits].filter(([id]) => !liars.has(nodeName(id)));
  const cluster = plan.cluster.parameters;
  const logs = good.map(([, log]) => log);
  const evidence = { cluster, logs, history, kills: killsIn(ledger) };
  return among.filter((goal) => goal.isSeenIn(evidence));
}

function effectsIn(ledger: readonly LedgerEntry[]): readonly FaultEffect[] {
  return ledger.flatMap((line) => (line.kind === "intent" ? line.effects : []));
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

const NOTHING: Counts = {
  operations: 0,
  unknown: 0,
  viewChanges: 0,
  stateTransfers: 0,
  crashes: 0,
  powerCuts: 0,
  totalOutages: 0,
  steps: 0,
  virtualMs: 0,
};

const COUNTS = Object.keys(NOTHING) as readonly (keyof Counts)[];

/** Takes the seeds in their order. */
export class Tally {
  readonly #counts: Record<keyof Counts, number> = { ...NOTHING };
  readonly #faults: Record<string, number> = {};
  readonly #reached: Record<string, number[]> = {};
  #seeds = 0;
  #seedsWithViewChange = 0;

  constructor(wanted: readonly Goal[]) {
    for (const { name } of wanted) this.#reached[name] = [];
  }

  add(seed: number, totals: SeedTotals): void {
    this.#seeds += 1;
    if (totals.viewChanges > 0) this.#seedsWithViewChange += 1;
    for (const count of COUNTS) this.#counts[count] += totals[count];
    for (const [fault, count] of Object.entries(totals.faults)) {
      this.#faults[fault] = (this.#faults[fault] ?? 0) + count;
    }
    for (const goal of totals.reached) this.#reached[goal]?.push(seed);
  }

  /** Goals that no seed has come to. */
  get cold(): readonly string[] {
    return Object.entries(this.#reached).flatMap(([goal, seeds]) =>
      seeds.length === 0 ? [goal] : [],
    );
  }

  stats(): ExploreStats {
    return {
      ...this.#counts,
      seeds: this.#seeds,
      seedsWithViewChange: this.#seedsWithViewChange,
      faults: this.#faults,
      reached: this.#reached,
    };
  }
}
