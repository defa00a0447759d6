import { isAnswer } from "../../observations/history.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import type { Checker, Violation } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import {
  endOfRun,
  inMs,
  type Lived,
  livedOperations,
  owedWindows,
  type Window,
} from "../windows.ts";
import { Bounds } from "./bounds.ts";
import { Waits } from "./waits.ts";

/** Whoever is answered so often in a bound is not waiting for another view. */
const ANSWERS_PER_BOUND = 4;

/**
 * L-4: nobody waits for longer than the bound of L-2 while others are served, whatever else he
 * waits for before or after. What strikes in the meantime is no excuse, as it is for L-1: the
 * others bear it too.
 */
export const fairness: Checker = {
  id: "L-4",
  summary: "no client waits for longer than the bound while others are served all the time",
  idle: "no client waited while liveness was owed",
  promise: "liveness",
  needs: ["ledger", "history"],
  check(input) {
    const { history } = input.observations;
    const windows = owedWindows(input.observations, input.budget);
    const waits = new Waits(input);
    const bounds = new Bounds(input);
    const end = endOfRun(input.observations);
    // Its own client hears of nothing else while it waits.
    const answers = history.filter(isAnswer);
    const violations: Violation[] = [];
    let judged = 0;
    for (const lived of livedOperations(history)) {
      const wait = { from: waits.since(lived), to: Math.min(endOf(lived), end) };
      const owed = windows.flatMap((window) => common(wait, window) ?? []);
      if (owed.length > 0) judged += 1;
      const long = owed.flatMap((window) => servedFor(window, answers, bounds));
      const [first] = long;
      if (first !== undefined) violations.push(starved(lived, first, bounds));
    }
    return provenOutcome(input, judged, violations);
  },
};

function endOf({ completion, givenUp }: Lived): number {
  return Math.min(completion?.time ?? Number.POSITIVE_INFINITY, givenUp);
}

function common(one: Window, other: Window): Window | null {
  const window = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
  return window.to > window.from ? window : null;
}

/** The parts, longer than the bound, in which others are answered without a pause. */
function servedFor(
  window: Window,
  answers: readonly HistoryEvent[],
  bounds: Bounds,
): readonly Starved[] {
  const leastNs = bounds.ns(window.from);
  if (window.to - window.from <= leastNs) return [];
  const meanwhile = answers.filter(({ time }) => time > window.from && time < window.to);
  const parts = withoutPause(meanwhile, window, leastNs / ANSWERS_PER_BOUND);
  return parts.flatMap((part) => {
    // What a pause was for may have doubled the time-outs.
    const boundNs = Math.max(leastNs, bounds.ns(part.from));
    if (part.to - part.from <= boundNs) return [];
    const others = meanwhile.filter(({ time }) => time > part.from && time < part.to);
    return [{ window: part, others, boundNs }];
  });
}

function withoutPause(
  events: readonly HistoryEvent[],
  { from, to }: Window,
  pauseNs: number,
): readonly Window[] {
  const parts: Window[] = [];
  let begun = from;
  let last = from;
  for (const time of [...events.map((event) => event.time), to]) {
    if (time - last > pauseNs) {
      parts.push({ from: begun, to: last });
      begun = time;
    }
    last = time;
  }
  return [...parts, { from: begun, to: last }];
}

interface Starved {
  readonly window: Window;
  readonly others: readonly HistoryEvent[];
  readonly boundNs: number;
}

function starved(
  { invoke }: Lived,
  { window, others, boundNs }: Starved,
  bounds: Bounds,
): Violation {
  const waited = inMs(window.to - window.from);
  const what =
    `(client ${invoke.client}, t=${invoke.t}: ${invoke.f}) waited for ${waited} ms while ` +
    `${others.length} operations of others were answered; the bound is ${inMs(boundNs)} ms`;
  const records = [invoke, ...others.slice(-1)];
  return { what, time: window.to, records, rests: bounds.rests(window.from) };
}
