/** What replication costs one client: rounds of null operations, put together. */
import type { CheckResult } from "../../checkers/checker.ts";
import { costOf } from "../cost.ts";
import { medianOf } from "../median.ts";
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
  readonly linearizable: Linearizable | null;
  /** The folder of its run store; null where none could be made. */
  readonly directory: string | null;
}

export interface Figures {
  /** Answered after the warm-up, while the load was on. */
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all replicas together; null where none is measured. */
  readonly cpuSecondsPerOperation: number | null;
  /** What they and the clients sent, heartbeats and STATUS included. */
  readonly messagesPerOperation: number;
  readonly bytesPerOperation: number;
}

/** Whether what was measured was linearizable, by its own history (S-6). */
export interface Linearizable {
  readonly outcome: CheckResult["outcome"];
  /** Operations: reads and writes, since of a null operation there is nothing to be seen. */
  readonly judged: number;
}

export interface OverheadRow {
  readonly operation: string;
  readonly protocol: string;
  readonly clients: number;
  readonly replicas: number;
  readonly rounds: readonly Round[];
  /** Each figure the median of its rounds; null if none was measured. */
  readonly median: Figures | null;
  /** Of all rounds: the worst outcome, and what they judged together; null if none was judged. */
  readonly linearizable: Linearizable | null;
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
    cpuSecondsPerOperation: cost.cpuMsPerOperation === null ? null : cost.cpuMsPerOperation / 1_000,
    messagesPerOperation: cost.messagesPerOperation,
    bytesPerOperation: cost.bytesPerOperation,
  };
}

export function linearizableIn({
  checks,
}: Pick<JudgedRun["judgement"], "checks">): Linearizable | null {
  const check = checks.find(({ id }) => id === "S-6");
  return check === undefined ? null : { outcome: check.outcome, judged: check.judged };
}

/** What speaks against a row comes first. */
const OUTCOMES = ["invalid", "unknown", "not-applicable", "valid"] as const;

function together(all: readonly (Linearizable | null)[]): Linearizable | null {
  const judged = all.flatMap((each) => each ?? []);
  const outcome = OUTCOMES.find((one) => judged.some((each) => each.outcome === one));
  if (outcome === undefined) return null;
  return { outcome, judged: judged.reduce((sum, each) => sum + each.judged, 0) };
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
    const linearizable = together(group.map((round) => round.linearizable));
    const median = mediansOf(measured);
    return [{ operation, protocol, clients, replicas, rounds: group, median, linearizable }];
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

function mediansOf(measured: readonly Figures[]): Figures | null {
  if (measured.length === 0) return null;
  const of = (figure: Exclude<keyof Figures, "cpuSecondsPerOperation">) =>
    medianOf(measured.map((figures) => figures[figure]));
  const cpuSeconds = measured.flatMap((figures) => figures.cpuSecondsPerOperation ?? []);
  return {
    operations: of("operations"),
    operationsPerSecond: of("operationsPerSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    cpuSecondsPerOperation: cpuSeconds.length === 0 ? null : medianOf(cpuSeconds),
    messagesPerOperation: of("messagesPerOperation"),
    bytesPerOperation: of("bytesPerOperation"),
  };
}
