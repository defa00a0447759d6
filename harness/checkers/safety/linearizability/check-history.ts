/** The whole verdict over a history: every key by itself, cheap attempts before thorough ones. */
import type { Model } from "../../../../nodes/protocols/contract/model.ts";
import type { Event, KeyHistory } from "./history-calls.ts";
import { keyHistories } from "./history-calls.ts";
import { inventedValue } from "./invented.ts";
import { minimalViolation, originOf } from "./minimal.ts";
import { EFFORTS, searchKey } from "./search.ts";

export interface Violation {
  readonly key: string | null;
  /** Positions in the history of the events that contradict each other, ascending. */
  readonly events: readonly number[];
  /** Position of the return that nothing can explain. */
  readonly at: number;
}

export interface LinearizabilityResult {
  readonly outcome: "linearizable" | "violation" | "unknown";
  /** Operations that entered the search. */
  readonly operations: number;
  readonly keys: number;
  readonly violation: Violation | null;
  /** Keys on which the time ran out. */
  readonly undecided: readonly (string | null)[];
}

/** A counterexample that could not be made smaller in time is cut to its last calls. */
const CALLS_SHOWN_MAX = 20;
/** Making the counterexample small may not take longer than this, in ms. */
const MINIMISE_MS = 5_000;

/** @param now milliseconds on a monotonic clock */
export function checkHistory(
  events: readonly Event[],
  model: Model,
  {
    timeLimitMs,
    now = () => performance.now(),
  }: {
    readonly timeLimitMs: number;
    readonly now?: () => number;
  },
): LinearizabilityResult {
  const deadline = now() + timeLimitMs;
  const histories = keyHistories(events, model);
  const counts = {
    operations: histories.reduce((sum, { calls }) => sum + calls.length, 0),
    keys: histories.length,
  };
  const violated = (history: KeyHistory, call: number, core?: readonly number[]) => {
    const limit = now() + MINIMISE_MS;
    const shown = core ?? minimalViolation(history.calls, call, () => now() > limit);
    const violation = describe(history, call, shown);
    return { ...counts, outcome: "violation" as const, violation, undecided: [] };
  };
  for (const history of histories) {
    const call = inventedValue(history.calls);
    if (call !== null) return violated(history, call, [call]);
  }
  let open: readonly KeyHistory[] = histories;
  for (const effort of EFFORTS) {
    const undecided: KeyHistory[] = [];
    for (const [index, history] of open.entries()) {
      // What is left is shared evenly, so that one hard key does not starve the others.
      const until = now() + (deadline - now()) / (open.length - index);
      const result = searchKey(history.calls, { effort, expired: () => now() > until });
      if (result.outcome === "unknown") undecided.push(history);
      if (result.outcome !== "violation") continue;
      return violated(history, result.call);
    }
    open = undecided;
  }
  return {
    ...counts,
    outcome: open.length === 0 ? "linearizable" : "unknown",
    violation: null,
    undecided: open.map(({ key }) => key),
  };
}

function describe(history: KeyHistory, failing: number, core: readonly number[]): Violation {
  const origin = originOf(history.calls, failing);
  const shown = new Set([
    ...core.slice(-CALLS_SHOWN_MAX),
    failing,
    ...(origin === null ? [] : [origin]),
  ]);
  const events = [...shown].flatMap((index) => {
    const call = history.calls[index];
    if (call === undefined) return [];
    return call.returned === null ? [call.invoked] : [call.invoked, call.returned];
  });
  return {
    key: history.key,
    events: events.sort((a, b) => a - b),
    at: history.calls[failing]?.returned ?? 0,
  };
}
