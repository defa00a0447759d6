/**
 * Hangover: the time from the last heal until throughput and p99 are back within 20 % of what they
 * were before the first fault, and stay so for three windows of 500 ms. What they were is measured
 * over the last stretch before the first fault with at least 200 answers, in whole windows.
 */
import type { LedgerEntry, Observations } from "../../observations/observations.ts";
import { endOfRun, type Window } from "../windows.ts";
import { percentile } from "./percentile.ts";
import { loadOf } from "./shed.ts";

export type Hangover =
  /** `ms` is a multiple of the window. */
  | { readonly outcome: "regained"; readonly ms: number }
  | { readonly outcome: "not-regained" | "unknown"; readonly because: string }
  /** There was no fault to have one from. */
  | { readonly outcome: "none" };

const WINDOW_NS = 500e6;
const WINDOWS_IN_A_ROW = 3;
const TOLERANCE = 0.2;
const BASELINE_ANSWERS_MIN = 200;

interface Answer {
  readonly time: number;
  readonly latencyMs: number;
}

interface Pace {
  readonly perSecond: number;
  readonly p99Ms: number;
}

export function hangoverOf(observations: Observations): Hangover {
  const { ledger } = observations;
  const begun = ledger.find(({ kind }) => kind === "intent")?.time;
  const healed = ledger.findLast(({ kind }) => kind === "healed")?.time;
  if (begun === undefined) return { outcome: "none" };
  if (healed === undefined) return { outcome: "unknown", because: "no fault was healed" };
  const answers = answersOf(observations);
  const before = loadedAround(observations, begun - 1);
  const baseline = before === null ? 0 : baselinePace(answers, { from: before.from, to: begun });
  if (typeof baseline === "number") {
    const because = `${baseline} operations were answered before the first fault; it takes ${BASELINE_ANSWERS_MIN} in whole windows of 500 ms to compare with`;
    return { outcome: "unknown", because };
  }
  const loaded = loadedAround(observations, healed);
  const windows = windowsIn({ from: healed, to: loaded?.to ?? healed });
  if (windows.length < WINDOWS_IN_A_ROW) {
    return { outcome: "unknown", because: "the load went off less than 1.5 s after the last heal" };
  }
  const good = windows.map((window) => isRegained(paceIn(answers, window), baseline));
  const first = good.findIndex((_, index) =>
    Array.from({ length: WINDOWS_IN_A_ROW }).every((_each, k) => good[index + k] === true),
  );
  if (first >= 0) return { outcome: "regained", ms: (first * WINDOW_NS) / 1e6 };
  const seconds = (windows.length * WINDOW_NS) / 1e9;
  return { outcome: "not-regained", because: `not in the ${seconds} s that the load stayed on` };
}

/** Of the workload's own operations, by the time of the answer. */
function answersOf(observations: Observations): readonly Answer[] {
  return loadOf(observations)
    .sent.flatMap(({ invoke, completion }) =>
      completion === null
        ? []
        : [
            {
              time: completion.time,
              latencyMs: (completion.time - (invoke.intended ?? invoke.time)) / 1e6,
            },
          ],
    )
    .toSorted((a, b) => a.time - b.time);
}

/** @returns how many answers there were if they are too few */
function baselinePace(answers: readonly Answer[], { from, to }: Window): Pace | number {
  for (let start = to - WINDOW_NS; start >= from; start -= WINDOW_NS) {
    const inside = answersIn(answers, { from: start, to });
    if (inside.length >= BASELINE_ANSWERS_MIN) return paceOf(inside, to - start);
  }
  return answersIn(answers, { from, to }).length;
}

function isRegained({ perSecond, p99Ms }: Pace, baseline: Pace): boolean {
  const enough = perSecond >= baseline.perSecond * (1 - TOLERANCE);
  return enough && p99Ms <= baseline.p99Ms * (1 + TOLERANCE);
}

function windowsIn({ from, to }: Window): readonly Window[] {
  const count = Math.max(0, Math.floor((to - from) / WINDOW_NS));
  return Array.from({ length: count }, (_, index) => {
    const start = from + index * WINDOW_NS;
    return { from: start, to: start + WINDOW_NS };
  });
}

function paceIn(answers: readonly Answer[], window: Window): Pace {
  return paceOf(answersIn(answers, window), window.to - window.from);
}

function paceOf(inside: readonly Answer[], ns: number): Pace {
  const latencies = inside.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const p99Ms = percentile(latencies, 0.99) ?? Number.POSITIVE_INFINITY;
  return { perSecond: (inside.length * 1e9) / ns, p99Ms };
}

function answersIn(answers: readonly Answer[], { from, to }: Window): readonly Answer[] {
  return answers.filter(({ time }) => time >= from && time < to);
}

/** The stretch of load around a moment; null if the load was off then. */
function loadedAround(observations: Observations, at: number): Window | null {
  const switches = observations.ledger.filter(isSwitch);
  const last = switches.findLast(({ time }) => time <= at);
  if (last?.on !== true) return null;
  const off = switches.find(({ time, on }) => time > at && !on);
  return { from: last.time, to: off?.time ?? endOfRun(observations) };
}

function isSwitch(line: LedgerEntry): line is Extract<LedgerEntry, { kind: "load" }> {
  return line.kind === "load";
}
