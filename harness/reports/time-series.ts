import { percentile } from "../checkers/verdict/percentile.ts";
import type { HistoryEvent } from "../observations/observations.ts";

/** One step of the time axis: what ended in it, and how long it had taken. */
export interface Bucket {
  readonly fromMs: number;
  /** A failed compare-and-swap was answered too: its expected value was not there. */
  readonly answered: number;
  readonly failed: number;
  readonly unknown: number;
  /** Answered operations per second. */
  readonly rate: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface TimeSeries {
  readonly bucketMs: number;
  readonly buckets: readonly Bucket[];
  /** Of every answered operation that was meant to be sent after the warm-up, ascending, ms. */
  readonly latencies: readonly number[];
}

interface Ending {
  readonly intendedMs: number;
  readonly atMs: number;
  readonly type: "ok" | "fail" | "info";
  readonly latencyMs: number;
}

const BUCKETS_MAX = 120;
const BUCKET_SIZES_MS = [250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

/**
 * Load over time from the history. Final reads are left out: they are verification, not load.
 * Latency counts from the intended time (no coordinated omission).
 */
export function timeSeries(
  history: readonly HistoryEvent[],
  { endMs, warmupMs }: { readonly endMs: number; readonly warmupMs: number },
): TimeSeries {
  const endings = endingsOf(history);
  const bucketMs =
    BUCKET_SIZES_MS.find((size) => endMs / size <= BUCKETS_MAX) ?? Math.ceil(endMs / BUCKETS_MAX);
  const bins = Array.from(
    { length: Math.max(1, Math.ceil(endMs / bucketMs)) },
    () => [] as Ending[],
  );
  for (const ending of endings) bins[Math.floor(ending.atMs / bucketMs)]?.push(ending);
  return {
    bucketMs,
    buckets: bins.map((bin, index) =>
      bucketOf(bin, index * bucketMs, Math.min(bucketMs, endMs - index * bucketMs)),
    ),
    latencies: ascending(endings.filter((one) => isAnswer(one) && one.intendedMs >= warmupMs)),
  };
}

function endingsOf(history: readonly HistoryEvent[]): readonly Ending[] {
  const open = new Map<number, HistoryEvent>();
  const endings: Ending[] = [];
  for (const event of history) {
    if (event.final === true) continue;
    if (event.type === "invoke") {
      open.set(event.process, event);
      continue;
    }
    const invoked = open.get(event.process);
    open.delete(event.process);
    if (invoked === undefined) continue;
    const intendedMs = (invoked.intended ?? invoked.time) / 1e6;
    const atMs = event.time / 1e6;
    endings.push({ intendedMs, atMs, type: event.type, latencyMs: atMs - intendedMs });
  }
  return endings;
}

function bucketOf(bin: readonly Ending[], fromMs: number, lengthMs: number): Bucket {
  const latencies = ascending(bin.filter(isAnswer));
  const ofType = (wanted: Ending["type"]): number =>
    bin.filter(({ type }) => type === wanted).length;
  return {
    fromMs,
    answered: latencies.length,
    failed: ofType("fail"),
    unknown: ofType("info"),
    rate: lengthMs > 0 ? (latencies.length * 1000) / lengthMs : 0,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

function isAnswer({ type }: Ending): boolean {
  return type !== "info";
}

function ascending(endings: readonly Ending[]): readonly number[] {
  return endings.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
}

/** One bar of the latency distribution, on a logarithmic scale. */
export interface LatencyBar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly operations: number;
}

const BARS_PER_DECADE = 12;

/** Bars of equal width on a logarithmic axis, without gaps, from the fastest to the slowest. */
export function latencyBars(ascendingLatencies: readonly number[]): readonly LatencyBar[] {
  const fastest = ascendingLatencies[0];
  if (fastest === undefined) return [];
  const barOf = (latency: number): number =>
    Math.floor(Math.log10(Math.max(latency, 0.001)) * BARS_PER_DECADE);
  const first = barOf(fastest);
  const counts: number[] = [];
  for (const latency of ascendingLatencies) {
    const bar = barOf(latency) - first;
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return Array.from(counts, (operations, index) => ({
    fromMs: 10 ** ((first + index) / BARS_PER_DECADE),
    toMs: 10 ** ((first + index + 1) / BARS_PER_DECADE),
    operations: operations ?? 0,
  }));
}
