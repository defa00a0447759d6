/**
 * What a run's records come to as metrics, at any moment of it: fed with the lines of the run store
 * in order of time, asked for its samples as often as one likes. It has no clock and reads no file.
 */
import { isAbsent, strikesLink } from "../../faults/fault.ts";
import { Distribution } from "../../nodes/metrics/distribution.ts";
import { readSeries } from "../../nodes/metrics/exposition.ts";
import type { Metric } from "../../nodes/metrics/metric.ts";
import { replicaMetrics } from "../../nodes/metrics/replica-metrics.ts";
import { runMetrics } from "../../nodes/metrics/run-metrics.ts";
import { type Labels, plain, type Sample } from "../../nodes/metrics/sample.ts";
import type { HistoryEvent, LedgerEntry, ReplicaMetrics } from "../observations/observations.ts";
import type { BudgetTimeline } from "../plan/budget.ts";
import { Quantiles } from "./quantiles.ts";

const QUANTILES = [0.5, 0.95, 0.99, 0.999, 1];
/** A replica that has not answered for so many periods is not there. */
const SILENT_PERIODS = 2.5;

export interface RunSeriesOptions {
  readonly replicas: number;
  /** How often replicas are asked. */
  readonly periodMs: number;
  /** Of the run, for `bft_run_info`. */
  readonly info: Labels;
  /** As far as the ledger goes. */
  readonly budgetOf: (ledger: readonly LedgerEntry[]) => BudgetTimeline;
}

/** Windows of one fault that strike the same are one series. */
interface StruckFault {
  readonly labels: Labels;
  /** Those of its entries that are in force. */
  readonly active: Set<string>;
}

export class RunSeries {
  readonly #options: RunSeriesOptions;
  readonly #ledger: LedgerEntry[] = [];
  #budget: BudgetTimeline;
  readonly #operations = new Map<string, { readonly labels: Labels; count: number }>();
  readonly #latencies = new Map<string, Distribution>();
  readonly #afterWarmup = new Quantiles();
  readonly #open = new Map<number, HistoryEvent>();
  readonly #faults = new Map<string, StruckFault>();
  readonly #replicas = new Map<number, { readonly line: ReplicaMetrics; samples: Sample[] }>();
  #faultsFrom = Number.NEGATIVE_INFINITY;
  #warmedUp = false;
  #loadedNs = 0;
  #loadedSince: number | null = null;

  constructor(options: RunSeriesOptions) {
    this.#options = options;
    this.#budget = options.budgetOf([]);
  }

  history(event: HistoryEvent): void {
    if (event.type === "invoke") {
      this.#open.set(event.process, event);
      return;
    }
    const invoke = this.#open.get(event.process);
    this.#open.delete(event.process);
    // The harness's own reads are no load; what was never sent is no operation.
    if (invoke === undefined || invoke.final === true || event.unsent === true) return;
    const outcome = event.type === "info" ? "unknown" : event.type;
    this.#count({ kind: event.f, outcome });
    if (outcome !== "unknown") this.#answered(invoke, event);
  }

  /** @returns what changed with it, for who wants to know it to the moment */
  ledger(line: LedgerEntry): readonly Sample[] {
    this.#ledger.push(line);
    if (line.kind === "phase" && line.phase === "faults") this.#warmUpEnds(line.time);
    else if (line.kind === "load") this.#loadChanges(line);
    const changed = this.#faultsChanged(line);
    if (changed.length === 0) return [];
    this.#budget = this.#options.budgetOf(this.#ledger);
    return [...changed, ...budgetSamples(this.#budget)];
  }

  replica(line: ReplicaMetrics): void {
    const samples = Object.entries(line.values).flatMap(([series, value]) => {
      const read = sampleOf(series, value);
      return read === null
        ? []
        : [{ ...read, labels: { ...read.labels, replica: `r${line.replica}` } }];
    });
    this.#replicas.set(line.replica, { line, samples });
  }

  /** @param now ns since the zero instant, not before anything it was fed with */
  samples(now: number): readonly Sample[] {
    return [
      plain(runMetrics.runInfo, 1, this.#options.info),
      ...[...this.#operations.values()].map(({ labels, count }) =>
        plain(runMetrics.operations, count, labels),
      ),
      ...[...this.#latencies].flatMap(([kind, latencies]) => latencies.samples({ kind })),
      ...this.#quantileSamples(),
      plain(runMetrics.loadSeconds, this.#loadSeconds(now)),
      ...[...this.#faults.values()].map(activity),
      ...budgetSamples(this.#budget),
      ...this.#replicaSamples(now),
    ];
  }

  #count(labels: { readonly kind: string; readonly outcome: string }): void {
    const key = `${labels.kind} ${labels.outcome}`;
    const counted = this.#operations.get(key) ?? { labels, count: 0 };
    this.#operations.set(key, counted);
    counted.count += 1;
  }

  #answered(invoke: HistoryEvent, event: HistoryEvent): void {
    const intended = invoke.intended ?? invoke.time;
    const seconds = (event.time - intended) / 1e9;
    const latencies = this.#latencies.get(event.f) ?? new Distribution(runMetrics.operationLatency);
    this.#latencies.set(event.f, latencies);
    latencies.observe(seconds);
    if (this.#warmedUp && intended >= this.#faultsFrom) this.#afterWarmup.add(seconds);
  }

  #warmUpEnds(time: number): void {
    this.#faultsFrom = time;
    this.#warmedUp = true;
  }

  #loadChanges({ time, on }: Extract<LedgerEntry, { kind: "load" }>): void {
    if (this.#loadedSince !== null) this.#loadedNs += time - this.#loadedSince;
    this.#loadedSince = on ? time : null;
  }

  #loadSeconds(now: number): number {
    const running = this.#loadedSince === null ? 0 : Math.max(0, now - this.#loadedSince);
    return (this.#loadedNs + running) / 1e9;
  }

  #faultsChanged(line: LedgerEntry): readonly Sample[] {
    if (line.kind === "intent") return this.#begun(line);
    if (line.kind === "installed" && isAbsent(line.outcome)) return this.#ended(line.entry);
    return line.kind === "healed" ? this.#ended(line.entry) : [];
  }

  /** It counts from the intent: the proof may come much later, and the act is in between. */
  #begun(line: Extract<LedgerEntry, { kind: "intent" }>): readonly Sample[] {
    const labels = { fault: line.name, kind: line.fault, target: targetOf(line) };
    const key = JSON.stringify(labels);
    const fault = this.#faults.get(key) ?? { labels, active: new Set() };
    this.#faults.set(key, fault);
    fault.active.add(line.entry);
    return [activity(fault)];
  }

  #ended(entry: string): readonly Sample[] {
    const ended = [...this.#faults.values()].filter(({ active }) => active.delete(entry));
    return ended.map(activity);
  }

  #quantileSamples(): readonly Sample[] {
    const metric = runMetrics.runLatency;
    if (this.#afterWarmup.count === 0) return [];
    return [
      ...QUANTILES.map((quantile): Sample => {
        const value = this.#afterWarmup.at(quantile);
        return { metric, part: "", labels: { quantile: String(quantile) }, value };
      }),
      { metric, part: "_sum", labels: {}, value: this.#afterWarmup.sum },
      { metric, part: "_count", labels: {}, value: this.#afterWarmup.count },
    ];
  }

  #replicaSamples(now: number): readonly Sample[] {
    const { replicas, periodMs } = this.#options;
    return Array.from({ length: replicas }, (_, id) => {
      const seen = this.#replicas.get(id);
      const up = seen !== undefined && now - seen.line.time <= SILENT_PERIODS * periodMs * 1e6;
      const label = plain(runMetrics.replicaUp, Number(up), { replica: `r${id}` });
      return up ? [label, ...seen.samples] : [label];
    }).flat();
  }
}

function activity({ labels, active }: StruckFault): Sample {
  return plain(runMetrics.faultActive, Number(active.size > 0), labels);
}

function budgetSamples({ steps, tolerates }: BudgetTimeline): readonly Sample[] {
  const step = steps.at(-1);
  const terms = { B: step?.safety.length ?? 0, C: step?.unavailable ?? 0, f: tolerates.crashed };
  return Object.entries(terms).map(([term, value]) =>
    plain(runMetrics.faultBudget, value, { term }),
  );
}

/** Whom a symbolic name came to, or whom and which links it strikes. */
function targetOf({ targets, effects }: Extract<LedgerEntry, { kind: "intent" }>): string {
  const resolved = Object.values(targets);
  const struck = effects.flatMap((effect) =>
    strikesLink(effect) ? [`${effect.from}>${effect.to}`] : [effect.replica],
  );
  return [...new Set(resolved.length > 0 ? resolved : struck)].toSorted().join(",");
}

const PARTS = ["_bucket", "_sum", "_count"] as const;

const byName = new Map(
  Object.values(replicaMetrics).flatMap(
    (metric: Metric): [string, Pick<Sample, "metric" | "part">][] =>
      metric.type === "histogram"
        ? PARTS.map((part) => [metric.name + part, { metric, part }])
        : [[metric.name, { metric, part: "" }]],
  ),
);

function sampleOf(series: string, value: number): Sample | null {
  const read = readSeries(series);
  const found = read === null ? undefined : byName.get(read.name);
  return read === null || found === undefined ? null : { ...found, labels: read.labels, value };
}
