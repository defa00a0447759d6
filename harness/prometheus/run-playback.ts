/** Turns the lines of a run store into points in time: a step machine, live or afterwards. */
import type { Labels, Sample } from "../../nodes/metrics/sample.ts";
import { observedBudget } from "../checkers/observed-budget.ts";
import { metricsPeriodMs } from "../observations/metrics-period.ts";
import type {
  HistoryEvent,
  LedgerEntry,
  ReplicaMetrics,
  RunInfo,
} from "../observations/observations.ts";
import type { Plan } from "../plan/plan.ts";
import { type Point, pointsAt } from "./point.ts";
import { RunSeries } from "./run-series.ts";

export type RunLine =
  | { readonly of: "history"; readonly line: HistoryEvent }
  | { readonly of: "ledger"; readonly line: LedgerEntry }
  | { readonly of: "metrics"; readonly line: ReplicaMetrics };

export type RunIdentity = Pick<RunInfo, "id" | "scenario" | "seed" | "driver">;

export interface PlaybackOptions {
  readonly run: RunIdentity;
  readonly plan: Plan;
  /** The zero instant on the clock of the wall, ms. */
  readonly zeroAtMs: number;
  readonly emit: (points: readonly Point[]) => void;
}

export class RunPlayback {
  readonly #options: PlaybackOptions;
  readonly #series: RunSeries;
  readonly #periodNs: number;
  #nextNs = 0;
  /** Points of one series never share a millisecond, nor go back. */
  #emittedMs = Number.NEGATIVE_INFINITY;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    const periodMs = metricsPeriodMs(options.plan);
    this.#periodNs = periodMs * 1e6;
    const { replicas } = options.plan.cluster.parameters;
    const { plan } = options;
    const budgetOf = (ledger: readonly LedgerEntry[]) => observedBudget({ plan, ledger });
    this.#series = new RunSeries({ replicas, periodMs, info: infoOf(options), budgetOf });
  }

  /** Ascending by time but for a few that come late: those count from now. */
  feed({ of, line }: RunLine): void {
    while (this.#nextNs <= line.time) this.#emitAt(this.#nextNs);
    if (of === "history") this.#series.history(line);
    else if (of === "metrics") this.#series.replica(line);
    else {
      const changed = this.#series.ledger(line);
      if (changed.length > 0 && line.time >= 0) this.#emit(changed, line.time);
    }
  }

  /** The run was over then. */
  end(atNs: number): void {
    while (this.#nextNs < atNs) this.#emitAt(this.#nextNs);
    this.#emit(this.#series.samples(atNs), atNs);
  }

  #emitAt(ns: number): void {
    this.#nextNs = ns + this.#periodNs;
    this.#emit(this.#series.samples(ns), ns);
  }

  #emit(samples: readonly Sample[], ns: number): void {
    const { run, plan, zeroAtMs, emit } = this.#options;
    const atMs = Math.max(Math.round(zeroAtMs + ns / 1e6), this.#emittedMs + 1);
    this.#emittedMs = atMs;
    emit(pointsAt(samples, { atMs, common: commonLabels(run, plan) }));
  }
}

/** What every sample of a run bears. */
export function commonLabels({ id, scenario, driver }: RunIdentity, { cluster }: Plan): Labels {
  return { run: id, scenario, protocol: cluster.protocol, driver };
}

function infoOf({ run, plan }: Pick<PlaybackOptions, "run" | "plan">): Labels {
  const { service, durability, links, mutant, parameters } = plan.cluster;
  return {
    seed: String(run.seed),
    service: service.name,
    durability,
    links,
    mutant: mutant ?? "none",
    replicas: String(parameters.replicas),
    f: String(parameters.faultsMax),
  };
}
