/** The stretches of a run in which no progress was promised, and how the cluster fared in them. */
import type { Tolerance } from "../../../nodes/protocols/contract/protocol.ts";
import { isAnswer } from "../../observations/history.ts";
import type { Observations } from "../../observations/observations.ts";
import { faultyMaxText } from "../../plan/tolerance.ts";
import type { CheckerInput } from "../checker.ts";
import { budgetWindows, endOfRun, type Lived, livedOperations, type Window } from "../windows.ts";

export interface BeyondBudget {
  /** How long in all. */
  readonly ns: number;
  /** When the last stretch was over. */
  readonly until: number;
  /** The largest B + C in it; no more than f where it was the clients that were cut off. */
  readonly most: number;
  /**
   * Whether somebody was served meanwhile; null = nobody could have been: the faults were never all
   * there at once, or nobody asked while they were.
   */
  readonly served: boolean | null;
}

/** Null if progress was owed all the time. */
export function beyondBudget({
  observations,
  budget,
}: Pick<CheckerInput, "observations" | "budget">): BeyondBudget | null {
  const end = endOfRun(observations);
  const windows = budgetWindows(budget, end, ({ livenessOwed }) => !livenessOwed);
  const last = windows.at(-1);
  if (last === undefined) return null;
  const sizes = budget.steps
    .filter(({ livenessOwed }) => !livenessOwed)
    .map(({ safety, unavailable }) => safety.length + unavailable);
  // One fault that heals while the next begins is not an outage; nothing could have been served.
  const lived = livedOperations(observations.history);
  const surely = windows
    .map((window) => settled(observations, window))
    .filter(({ from, to }) => to > from && lived.some((one) => waitedIn(one, { from, to })));
  return {
    ns: windows.reduce((sum, { from, to }) => sum + to - from, 0),
    until: last.to,
    most: Math.max(...sizes),
    served:
      surely.length === 0 ? null : surely.some((window) => servedWholly(observations, window)),
  };
}

function waitedIn({ invoke, completion, givenUp }: Lived, { from, to }: Window): boolean {
  return invoke.time < to && (completion?.time ?? givenUp) > from;
}

/**
 * The part of a window in which its faults were all there: an injection takes a moment, and
 * healing begins before it is done.
 */
function settled({ ledger }: Observations, { from, to }: Window): Window {
  const inside = (kind: "installed" | "healing"): readonly number[] =>
    ledger
      .filter((line) => line.kind === kind && line.time >= from && line.time <= to)
      .map(({ time }) => time);
  const healing = inside("healing");
  const firstHeal = Math.min(to, ...healing);
  const installed = inside("installed").filter((time) => time < firstHeal);
  return { from: Math.max(from, ...installed), to: firstHeal };
}

/**
 * Whether an operation was both sent and answered in the window. What was sent before may have
 * been executed before, and its replies still under way.
 */
function servedWholly({ history }: Observations, { from, to }: Window): boolean {
  const sent = new Map<number, number>();
  return history.some((event) => {
    const { type, time, process } = event;
    if (type === "invoke") sent.set(process, time);
    return isAnswer(event) && (sent.get(process) ?? 0) >= from && time <= to;
  });
}

/** Why no progress was promised. */
export function excess({ most }: BeyondBudget, tolerates: Tolerance): string {
  const bound = faultyMaxText(tolerates);
  return most > tolerates.crashed
    ? `B+C=${most} > ${bound}`
    : `clients cut off from a quorum, ${bound}`;
}
