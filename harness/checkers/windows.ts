/** When what was owed, and how the operations fared in it. All times in ns of the run. */
import { completeUntil } from "../observations/completeness.ts";
import { isAnswer } from "../observations/history.ts";
import type { HistoryEvent, Observations } from "../observations/observations.ts";
import { FILES } from "../observations/store.ts";
import type { BudgetTimeline } from "../plan/budget.ts";
import { disturbances } from "./liveness/disturbances.ts";

export interface Window {
  readonly from: number;
  readonly to: number;
}

const NS_PER_MS = 1e6;

/**
 * When the run was over: its `end` mark, or the last thing that was written down. Where the history
 * or the ledger ends too early it was over then: of what came after nobody knows what was owed, or
 * whether it was answered.
 */
export function endOfRun(observations: Observations): number {
  const { completeness } = observations;
  return Math.min(
    lastMark(observations),
    Math.max(0, completeUntil(completeness, FILES.history)),
    Math.max(0, completeUntil(completeness, FILES.ledger)),
  );
}

function lastMark({ ledger, history, samples }: Observations): number {
  const end = ledger.findLast((entry) => entry.kind === "phase" && entry.phase === "end");
  if (end !== undefined) return end.time;
  const last = (lines: readonly { readonly time: number }[]): number =>
    lines.reduce((latest, { time }) => Math.max(latest, time), 0);
  return Math.max(last(ledger), last(history), last(samples));
}

/** The longest stretches, up to the end of the run, in which `holds` was true of the budget. */
export function budgetWindows(
  { steps }: BudgetTimeline,
  end: number,
  holds: (step: BudgetTimeline["steps"][number]) => boolean,
): readonly Window[] {
  const windows: Window[] = [];
  for (const [index, step] of steps.entries()) {
    if (!holds(step)) continue;
    const from = Math.max(0, step.fromMs * NS_PER_MS);
    const to = Math.min(end, (steps[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) * NS_PER_MS);
    const last = windows.at(-1);
    if (to <= from) continue;
    if (last?.to === from) windows[windows.length - 1] = { from: last.from, to };
    else windows.push({ from, to });
  }
  return windows;
}

export function owedWindows(observations: Observations, budget: BudgetTimeline): readonly Window[] {
  return budgetWindows(budget, endOfRun(observations), ({ livenessOwed }) => livenessOwed);
}

/** How long liveness had been owed without a break when the run ended. */
export function owedAtEndNs(observations: Observations, budget: BudgetTimeline): number {
  const last = owedWindows(observations, budget).at(-1);
  return last?.to === endOfRun(observations) ? last.to - last.from : 0;
}

/**
 * The windows in which liveness was owed, cut wherever something began or ended that may cost time:
 * the bound of L-2 counts from the last disturbance.
 */
export function calmWindows(observations: Observations, budget: BudgetTimeline): readonly Window[] {
  const disturbed = disturbances(observations, budget);
  return owedWindows(observations, budget).flatMap(({ from, to }) => {
    const cuts = disturbed.filter((time) => time > from && time < to);
    return [from, ...cuts].map((start, index) => ({ from: start, to: cuts[index] ?? to }));
  });
}

/** One operation as its client lived it. */
export interface Lived {
  readonly invoke: HistoryEvent;
  /** Answered (a cas that did not swap is answered too); null = never. */
  readonly completion: HistoryEvent | null;
  /** When the client stopped waiting without an answer; Infinity = it never did. */
  readonly givenUp: number;
}

export function livedOperations(history: readonly HistoryEvent[]): readonly Lived[] {
  const lived: Lived[] = [];
  const open = new Map<number, HistoryEvent>();
  for (const event of history) {
    if (event.type === "invoke") {
      open.set(event.process, event);
      continue;
    }
    const invoke = open.get(event.process);
    if (invoke === undefined) continue;
    open.delete(event.process);
    if (event.unsent === true) continue;
    const unknown = event.type === "info";
    lived.push({
      invoke,
      completion: unknown ? null : event,
      givenUp: unknown ? event.time : Number.POSITIVE_INFINITY,
    });
  }
  for (const invoke of open.values()) {
    lived.push({ invoke, completion: null, givenUp: Number.POSITIVE_INFINITY });
  }
  return lived;
}

export interface Stall extends Window {
  /** The operation that waited first. */
  readonly waiting: HistoryEvent;
  /** The stretches in which all had given up and nobody had asked again: they show nothing. */
  readonly unasked: readonly Window[];
}

interface Begun extends Omit<Stall, "to"> {
  readonly unasked: Window[];
}

/**
 * The stretches in which somebody waited and nobody was answered. A client that gives up ends its
 * own waiting, not the stall: that ends with an answer.
 */
export function stalls(history: readonly HistoryEvent[], end: number): readonly Stall[] {
  const found: Stall[] = [];
  const open = new Map<number, HistoryEvent>();
  let since: Begun | null = null;
  let lastSeen = 0;
  for (const event of history) {
    if (event.type === "invoke") {
      if (since === null) since = { from: event.time, waiting: event, unasked: [] };
      else if (open.size === 0) since.unasked.push({ from: lastSeen, to: event.time });
      open.set(event.process, event);
    } else {
      open.delete(event.process);
      if (isAnswer(event)) {
        if (since !== null) found.push({ ...since, to: event.time });
        const [next] = open.values();
        since = next === undefined ? null : { from: event.time, waiting: next, unasked: [] };
      }
    }
    lastSeen = event.time;
  }
  if (since !== null) found.push({ ...since, to: open.size > 0 ? end : lastSeen });
  return found;
}

/** The longest part of any stall inside any of the windows. */
export function longestStall(
  all: readonly Stall[],
  windows: readonly Window[],
): { readonly ns: number; readonly stall: Stall | null; readonly judged: number } {
  let longest: { ns: number; stall: Stall | null } = { ns: 0, stall: null };
  let judged = 0;
  for (const { from, to } of windows) {
    let touched = false;
    for (const stall of all) {
      const start = Math.max(from, stall.from);
      const until = Math.min(to, stall.to);
      if (until < start) continue;
      const ns = until - start - unaskedNs(stall, start, until);
      touched = true;
      if (ns > longest.ns) longest = { ns, stall: { ...stall, from: start } };
    }
    if (touched) judged += 1;
  }
  return { ...longest, judged };
}

function unaskedNs({ unasked }: Stall, from: number, to: number): number {
  const parts = unasked.map((gap) => Math.min(to, gap.to) - Math.max(from, gap.from));
  return parts.reduce((sum, ns) => sum + Math.max(0, ns), 0);
}

export function inMs(ns: number): number {
  return Math.round(ns / NS_PER_MS);
}
