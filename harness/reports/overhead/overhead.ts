/** What replication costs one client: rounds of null operations, put together. */
import { costOf } from "../cost.ts";
import type { JudgedRun } from "../report.ts";
import { publishedRatio } from "./published.ts";

/** One run of one kind of null operation on one protocol. */
export interface Round {
  /** KB of argument / KB of result: `4/0`. */
  readonly operation: string;
  readonly protocol: string;
  /** How many ask at once, each again as soon as it has its answer. */
  readonly clients: number;
  readonly replicas: number;
  /** Null where the run did not get so far that it could be measured. */
  readonly figures: Figures | null;
  /** The folder of its run store; null where none could be made. */
  readonly directory: string | null;
}

export interface Figures {
  /** Answered after the warm-up, while the load was on. */
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all replicas together. */
  readonly cpuSecondsPerOperation: number;
}

export interface OverheadRow {
  readonly operation: string;
  readonly protocol: string;
  readonly clients: number;
  readonly replicas: number;
  readonly rounds: readonly Round[];
  /** Each figure the median of its rounds; null if none was measured. */
  readonly median: Figures | null;
  /** p50 over the p50 of the baseline; null where one of them is missing. */
  readonly ratio: number | null;
  /** The authors' own, read-write; null for the baseline and for what they did not measure. */
  readonly publishedRatio: number | null;
}

/** Null if the run measured nothing: no answer, or no sample of the replicas. */
export function figuresOf({ observations, judgement }: JudgedRun): Figures | null {
  const { latencyMs, throughput } = judgement;
  const cost = costOf(observations);
  if (latencyMs === null || cost === null) return null;
  return {
    operations: cost.operations,
    operationsPerSecond: throughput.achieved,
    p50Ms: latencyMs.p50,
    p99Ms: latencyMs.p99,
    cpuSecondsPerOperation: cost.cpuMsPerOperation / 1_000,
  };
}

/**
 * @param rounds in any order; rows come in the order of the first round of each
 * @param baseline the protocol that every other one is compared with
 */
export function overheadRows(rounds: readonly Round[], baseline: string): readonly OverheadRow[] {
  const groups = [
    ...Map.groupBy(rounds, (round) =>
      [round.operation, round.clients, round.protocol].join(" "),
    ).values(),
  ];
  const rows = groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { operation, protocol, clients, replicas } = first;
    const measured = group.flatMap(({ figures }) => (figures === null ? [] : [figures]));
    return [{ operation, protocol, clients, replicas, rounds: group, median: medianOf(measured) }];
  });
  return rows.map((row) => {
    const base = rows.find(
      ({ operation, protocol, clients }) =>
        operation === row.operation && protocol === baseline && clients === row.clients,
    );
    const ratio = ratioOf(row.median?.p50Ms, base?.median?.p50Ms);
    const isTheirs = row.protocol !== baseline && row.clients === 1;
    const theirs = isTheirs ? publishedRatio(row.operation) : null;
    return { ...row, ratio, publishedRatio: theirs };
  });
}

function ratioOf(time: number | undefined, base: number | undefined): number | null {
  return time === undefined || base === undefined || base === 0 ? null : time / base;
}

function medianOf(measured: readonly Figures[]): Figures | null {
  if (measured.length === 0) return null;
  const of = (figure: keyof Figures): number => {
    const ascending = measured.map((figures) => figures[figure]).toSorted((a, b) => a - b);
    const upper = ascending[Math.floor(ascending.length / 2)] ?? Number.NaN;
    const lower = ascending[Math.ceil(ascending.length / 2) - 1] ?? Number.NaN;
    return (lower + upper) / 2;
  };
  return {
    operations: of("operations"),
    operationsPerSecond: of("operationsPerSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    cpuSecondsPerOperation: of("cpuSecondsPerOperation"),
  };
}
