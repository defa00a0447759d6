/** What the run measured: counts, latencies, rates. */
import type { Observations } from "../../observations/observations.ts";
import { endOfRun, type Lived, livedOperations } from "../windows.ts";
import type { Judgement, LatencySummary, OperationCounts } from "./judgement.ts";
import { percentile } from "./percentile.ts";
import { loadOf } from "./shed.ts";

export function operationCounts({ history, workload }: Observations): OperationCounts {
  const lived = livedOperations(history);
  const answered = lived.flatMap(({ completion }) => completion?.type ?? []);
  const ok = answered.filter((type) => type === "ok").length;
  const failed = answered.length - ok;
  const unknown = lived.length - answered.length;
  return { issued: lived.length, ok, failed, unknown, shed: workload.shed };
}

/**
 * Of the answered operations meant to be sent after the warm-up, from when they were meant to be
 * sent; the final reads are the harness's own. Null if there are none.
 */
export function latencySummary({ history, ledger }: Observations): LatencySummary | null {
  const faults = ledger.find((line) => line.kind === "phase" && line.phase === "faults");
  const from = faults?.time ?? Number.NEGATIVE_INFINITY;
  const latencies = livedOperations(history)
    .filter(({ invoke }) => invoke.final !== true && intendedAt(invoke) >= from)
    .flatMap(({ invoke, completion }) =>
      completion === null ? [] : (completion.time - intendedAt(invoke)) / 1e6,
    )
    .sort((a, b) => a - b);
  if (latencies.length === 0) return null;
  const at = (fraction: number): number => round(percentile(latencies, fraction) ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) };
}

/** A microsecond is finer than anything here is known. */
export function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function intendedAt(invoke: Lived["invoke"]): number {
  return invoke.intended ?? invoke.time;
}

/** Operations a second while the load was on: asked for (shed ones included) and answered. */
export function throughput(observations: Observations): Judgement["throughput"] {
  const seconds = loadedSeconds(observations);
  if (seconds <= 0) return { offered: 0, achieved: 0 };
  const { sent, arrivals } = loadOf(observations);
  const answered = sent.filter(({ completion }) => completion !== null).length;
  return { offered: round(arrivals / seconds), achieved: round(answered / seconds) };
}

function loadedSeconds(observations: Observations): number {
  const end = endOfRun(observations);
  let total = 0;
  let since: number | null = null;
  for (const line of observations.ledger) {
    if (line.kind !== "load") continue;
    if (since !== null) total += line.time - since;
    since = line.on ? line.time : null;
  }
  if (since !== null) total += end - since;
  return total / 1e9;
}
