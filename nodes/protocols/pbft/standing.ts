/**
 * Where a replica stands, and what holds of that between any two inputs, whatever they were. Own
 * state only, and nothing that follows from what a peer sent.
 */
import { assert } from "../assert.ts";
import type { ReplicaState } from "./replica-state.ts";

export interface Standing {
  readonly view: number;
  readonly active: boolean;
  readonly stable: number;
  readonly lastExec: number;
  readonly corrupt: boolean;
}

export function standingOf({ view, active, marks, lastExec, corrupt }: ReplicaState): Standing {
  return { view, active, stable: marks.stable, lastExec, corrupt: corrupt !== null };
}

/** On the way out of every step. */
export function assertStanding(state: ReplicaState, before: Standing): void {
  const { view, active, lastExec, marks } = state;
  assert(view >= before.view, () => `view ${view} is below ${before.view}, where it was`);
  const isLeft = before.active && !active && view === before.view;
  assert(!isLeft, () => `view ${view} was left for itself`);
  const { stable, floor, top } = marks;
  assert(stable >= before.stable, () => `stable mark ${stable} is below ${before.stable}`);
  assert(floor <= top, () => `floor ${floor} is above top ${top}`);
  const isSetBack = lastExec < before.lastExec && !before.corrupt;
  assert(!isSetBack, () => `executed up to ${lastExec} after ${before.lastExec}`);
  assert(active || state.requestTimerFor === null, "Treq runs only in a view that is active");
  assert(state.backoff >= 0, () => `time-outs are T * 2^${state.backoff}`);
  assert(!state.replaying, "the log is replayed within one step");
}
