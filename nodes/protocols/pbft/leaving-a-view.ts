/** Leaving a view (PBFT §4.4, §4.5.2; protocols §9.1, §9.2, §10). */
import { assert } from "../assert.ts";
import type { Reached } from "./catching-up.ts";
import { compactLog, isLogWorthCompacting } from "./log-compaction.ts";
import { isStillOverdue, overdueNumber } from "./overdue.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

/** A log that only grows by view changes is rewritten at this size. */
const COMPACT_BYTES = 32 * 1024 * 1024;

/** Moves to `target`, which is above the current view: persist, then tell everybody. */
export function startViewChange(state: ReplicaState, target: number): void {
  assert(target > state.view, `view ${target} is not above view ${state.view}`);
  state.active = false;
  state.view = target;
  state.executedInView = false;
  state.counters.viewChanges += 1;
  stopRequestTimer(state);
  stopViewChangeTimer(state);

  const { content, record, prepared } = state.variant.views.left();
  const asked = state.variant.views.asked.of(state.id)?.view;
  assert(asked === target, `asked for view ${asked} on the way to ${target}`);
  state.persist(record);
  state.audit({
    e: "viewchange",
    v: target,
    h: state.marks.stable,
    p: prepared.map(({ sequence, digest, view }) => [sequence, digest, view] as const),
  });
  compactLongLog(state);
  state.effects.broadcast(state.scheme.seal(content, "all"));
  watchViewChangeQuorum(state);
}

/** What is written for views is compacted by no checkpoint where nothing is executed. */
export function compactLongLog(state: ReplicaState): void {
  const isLong = state.bytesSinceCompaction > COMPACT_BYTES && isLogWorthCompacting(state);
  if (isLong && state.lastExec >= state.marks.stable) compactLog(state);
}

/** Somebody asked for a view: this replica may have to follow, or has waited for that. */
export function onAskedView(state: ReplicaState): void {
  joinHigherView(state);
  watchViewChangeQuorum(state);
}

/**
 * The f+1 rule (protocols §10.4): f+1 distinct replicas ask for views above ours, so at least one
 * good one does. We join the (f+1)-th largest of their highest views.
 */
function joinHigherView(state: ReplicaState): void {
  const higher = [...state.variant.views.asked.highest()]
    .filter(({ replica, view }) => replica !== state.id && view > state.view)
    .map(({ view }) => view)
    .sort((a, b) => b - a);
  const target = higher[state.weakQuorum - 1];
  if (target !== undefined) startViewChange(state, target);
}

/**
 * `Tvc` starts when Q distinct replicas, this one included, ask for this view **or a higher one**:
 * counting this view alone leaves f=1 with one silent replica stuck for ever (protocols §10.3).
 */
export function watchViewChangeQuorum(state: ReplicaState): void {
  if (state.active || state.viewChangeTimerRuns) return;
  let asking = 0;
  for (const { view } of state.variant.views.asked.highest()) if (view >= state.view) asking += 1;
  if (asking < state.quorum) return;
  state.viewChangeTimerRuns = true;
  state.effects.setTimer(TIMERS.viewChange, state.timeoutMs());
}

function startRequestTimer(state: ReplicaState): void {
  const timeoutMs = state.timeoutMs();
  state.catchingUp.started({ now: state.now, timeoutMs });
  state.effects.setTimer(TIMERS.request, timeoutMs);
}

export function stopRequestTimer(state: ReplicaState): void {
  state.requestTimerFor = null;
  state.effects.cancelTimer(TIMERS.request);
}

export function stopViewChangeTimer(state: ReplicaState): void {
  if (!state.viewChangeTimerRuns) return;
  state.viewChangeTimerRuns = false;
  state.effects.cancelTimer(TIMERS.viewChange);
}

export function onViewChangeTimeout(state: ReplicaState): void {
  state.viewChangeTimerRuns = false;
  // Entered, and its primary is as little to blame: from here on `Treq` is what waits.
  if (state.active && state.corrupt) return;
  state.backOff();
  state.executionsSinceTimeout = 0;
  startViewChange(state, state.view + 1);
}

function reachedBy(state: ReplicaState): Reached {
  const { now, weakQuorum, lastExec, counters, transfer, cluster } = state;
  const fetched = counters.stateBytesFetched + (transfer?.partial.fetched.bytes ?? 0);
  const { statusMs } = cluster.timers;
  const timeoutMs = state.timeoutMs();
  return { now, timeoutMs, statusMs, weakQuorum, lastExec, progress: lastExec + fetched };
}

/** What is overdue, and asked for by nobody, deposes no primary before the others could follow. */
function isInNoHurry(state: ReplicaState): boolean {
  if (state.requests.timed > 0) return false;
  return !isStillOverdue(state) || !state.catchingUp.isInTouch(reachedBy(state), state.quorum);
}

export function onRequestTimeout(state: ReplicaState): void {
  // What a wrong state keeps from being executed is no primary's doing (protocols §7.5).
  if (isInNoHurry(state) || state.corrupt) {
    // All of its time again, and as often.
    state.requestTimerFor = null;
    return;
  }
  if (state.active && state.catchingUp.isWorthWaiting(reachedBy(state))) {
    // One to say what is missing, one to be told.
    state.effects.setTimer(TIMERS.request, 2 * state.cluster.timers.statusMs);
    return;
  }
  state.requestTimerFor = null;
  state.executionsSinceTimeout = 0;
  if (state.active) startViewChange(state, state.view + 1);
}

/** By what `Treq` is told apart from one that started anew. */
function awaited(state: ReplicaState): number | null {
  if (!state.active) return null;
  if (state.requests.timed > 0) return state.requests.turn;
  const overdue = overdueNumber(state);
  return overdue === null ? null : -overdue;
}

/**
 * After every step: `Treq` starts again when the client at the head was served, `Tvc` ends when
 * the new view works (protocols §10.2, §10.3).
 */
export function updateTimers(state: ReplicaState): void {
  const { timed } = state.requests;
  const wanted = awaited(state);
  if (wanted !== state.requestTimerFor) {
    state.requestTimerFor = wanted;
    if (wanted === null) state.effects.cancelTimer(TIMERS.request);
    else startRequestTimer(state);
  }
  if (state.active && (timed === 0 || state.executedInView)) {
    stopViewChangeTimer(state);
  }
}
