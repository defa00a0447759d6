import type { FaultResult } from "../checkers/verdict/judgement.ts";
import type { Observations } from "../observations/observations.ts";
import type { Phase } from "../plan/plan.ts";
import { printable } from "../scenario/printable.ts";
import { violationsOf } from "./first-violation.ts";
import type { JudgedRun } from "./report.ts";

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PhaseSpan extends Span {
  readonly phase: Phase;
}

export interface FaultSpan extends Span {
  readonly result: FaultResult;
}

export interface ViewChange {
  readonly atMs: number;
  readonly view: number;
}

/** The common time axis of every chart: the run from its zero instant to its end. */
export interface Timeline {
  readonly endMs: number;
  readonly phases: readonly PhaseSpan[];
  /** When load was offered. */
  readonly load: readonly Span[];
  /** Faults that were there, by their start. */
  readonly faults: readonly FaultSpan[];
  /** Views that were entered, ascending. */
  readonly viewChanges: readonly ViewChange[];
  /** The first moment at which something shows that a promise was broken; null if none does. */
  readonly violation: { readonly atMs: number; readonly check: string } | null;
}

export function timelineOf({ observations, judgement }: JudgedRun): Timeline {
  const endMs = endOf(observations);
  const liars = new Set(judgement.budget.steps.flatMap(({ safety }) => safety));
  return {
    endMs,
    phases: phasesOf(observations, endMs),
    load: loadSpans(observations, endMs),
    faults: faultSpans(judgement.faults, endMs),
    viewChanges: viewChangesOf(observations, liars),
    violation: violationMark(judgement),
  };
}

function violationMark(judgement: JudgedRun["judgement"]): Timeline["violation"] {
  const [first] = violationsOf(judgement);
  const time = first?.evidence[0]?.time;
  return first === undefined || time === undefined
    ? null
    : { atMs: time / 1e6, check: printable(first.check.id) };
}

function endOf({ ledger, history, samples }: Observations): number {
  const end = ledger.find((entry) => entry.kind === "phase" && entry.phase === "end");
  if (end !== undefined) return end.time / 1e6;
  const last = (times: readonly { readonly time: number }[]): number => times.at(-1)?.time ?? 0;
  return Math.max(1e9, last(ledger), last(history), last(samples)) / 1e6;
}

function phasesOf({ ledger }: Observations, endMs: number): readonly PhaseSpan[] {
  const marks = ledger.flatMap((entry) => (entry.kind === "phase" ? [entry] : []));
  return marks.flatMap(({ phase, time }, index) => {
    if (phase === "end") return [];
    const next = marks[index + 1];
    return [{ phase, fromMs: time / 1e6, toMs: next === undefined ? endMs : next.time / 1e6 }];
  });
}

function loadSpans({ ledger }: Observations, endMs: number): readonly Span[] {
  const switches = ledger.flatMap((entry) => (entry.kind === "load" ? [entry] : []));
  return switches.flatMap(({ on, time }, index) => {
    const next = switches[index + 1];
    return on ? [{ fromMs: time / 1e6, toMs: next === undefined ? endMs : next.time / 1e6 }] : [];
  });
}

function faultSpans(faults: readonly FaultResult[], endMs: number): readonly FaultSpan[] {
  return faults
    .flatMap((result) => {
      const { installedAtMs: fromMs, healedAtMs } = result;
      return fromMs === null ? [] : [{ result, fromMs, toMs: healedAtMs ?? endMs }];
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

/**
 * Overlapping windows as one: where they are shaded, it only matters that some fault was active.
 */
export function mergedSpans(ascendingSpans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const { fromMs, toMs } of ascendingSpans) {
    const last = merged.at(-1);
    if (last === undefined || last.toMs < fromMs) merged.push({ fromMs, toMs });
    else merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, toMs) };
  }
  return merged;
}

/**
 * The moment the first honest replica entered each view, from the audit logs; from the polls of
 * `/status` where no audit was written (audit `off`).
 */
function viewChangesOf(
  { audits, samples }: Observations,
  liars: ReadonlySet<string>,
): readonly ViewChange[] {
  const entered = new Map<number, number>();
  const see = (view: number, time: number): void => {
    if (view > 0) entered.set(view, Math.min(entered.get(view) ?? Number.POSITIVE_INFINITY, time));
  };
  for (const [replica, records] of audits) {
    if (liars.has(`r${replica}`)) continue;
    for (const record of records) if (record.e === "newview") see(record.v, record.time);
  }
  if (entered.size === 0) {
    for (const { replica, status, time } of samples) {
      if (status?.active === true && !liars.has(`r${replica}`)) see(status.view, time);
    }
  }
  return [...entered]
    .map(([view, time]) => ({ view, atMs: time / 1e6 }))
    .sort((a, b) => a.atMs - b.atMs || a.view - b.view);
}
