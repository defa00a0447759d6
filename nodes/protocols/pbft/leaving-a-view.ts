/** Leaving a view (PBFT §4.4, §4.5.2; reference 1.9, 1.10). */
import { assert } from "../assert.ts";
import type { ProofFrame } from "../authentication/scheme.ts";
import type { NodeId } from "../contract/core.ts";
import { Reader } from "../wire/codec.ts";
import type { Envelope } from "../wire/envelope.ts";
import { readViewChange, type ViewChangeClaims } from "./certificates/view-change.ts";
import { compactLog, isLogWorthCompacting } from "./log-compaction.ts";
import { encodeViewChange, VIEW_CHANGE } from "./messages.ts";
import { viewChangeRecord } from "./records.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

/** A log that only grows by view changes is rewritten at this size. */
const COMPACT_BYTES = 32 * 1024 * 1024;

/** Reading so many bytes of certificates is as much work as a VIEW-CHANGE without any. */
const BYTES_READ_AT_ONCE = 32 * 1024;

/** What a VIEW-CHANGE or NEW-VIEW counts for, before anything of it is looked at. */
export function readingCost({ frame }: Envelope): number {
  return 1 + Math.floor(frame.length / BYTES_READ_AT_ONCE);
}

/** Moves to `target`, which is above the current view: persist, then tell everybody. */
export function startViewChange(state: ReplicaState, target: number): void {
  assert(target > state.view, `view ${target} is not above view ${state.view}`);
  state.active = false;
  state.view = target;
  state.newView = null;
  state.executedInView = false;
  state.counters.viewChanges += 1;
  stopRequestTimer(state);
  stopViewChangeTimer(state);

  const frame = state.signatures.seal(
    { type: VIEW_CHANGE, payload: encodeViewChange(ownClaims(state)) },
    "all",
  );
  const own = rememberOwnViewChange(state, frame);
  state.persist(viewChangeRecord(frame));
  state.audit({
    e: "viewchange",
    v: target,
    h: state.low,
    p: [...own.prepared].map(([n, { digest, view }]) => [n, digest, view] as const),
  });
  const isLong = state.bytesSinceCompaction > COMPACT_BYTES && isLogWorthCompacting(state);
  if (isLong && state.lastExec >= state.low) {
    compactLog(state);
  }
  state.effects.broadcast(frame);
  watchViewChangeQuorum(state);
}

/** `h` with its proof and, for every number above it, the certificate with the highest view. */
function ownClaims(state: ReplicaState) {
  const { sequence: stable, proof: checkpoints } = state.checkpoints.stable;
  const prepared = [];
  for (const { sequence, certificate } of state.log.ascending()) {
    if (!certificate || !state.inWindow(sequence)) continue;
    const prepares = certificate.prepares.map(([, frame]) => frame);
    prepared.push({ prePrepare: certificate.prePrepare, prepares });
  }
  return { view: state.view, stable, checkpoints, prepared };
}

/** Also after a restart, with the bytes from the log. */
export function rememberOwnViewChange(state: ReplicaState, frame: ProofFrame): ViewChangeClaims {
  const own = readViewChange(state, frame);
  assert(typeof own !== "string", "the own VIEW-CHANGE is valid by the rules for others'");
  state.claims.trust(own);
  state.viewChanges.set(state.id, own);
  return own;
}

/**
 * Its author is proven to ask for the view, and that is all that this replica needs to join or to
 * wait: what it claims is verified by who builds or accepts a NEW-VIEW on it.
 */
export function onViewChange(state: ReplicaState, envelope: Envelope, from: NodeId): void {
  const { sender } = envelope;
  const view = new Reader(envelope.payload).u64();
  if (view < state.view || (view === state.view && state.active)) return;
  const known = state.viewChanges.get(sender);
  if (known && known.view >= view) return;
  if (envelope.frame.length > state.longest.viewChange) {
    return state.reject("VIEW-CHANGE", from, "too large");
  }
  if (!state.limits.viewChange.take(from, state.now, readingCost(envelope))) {
    return state.reject("VIEW-CHANGE", from, "rate");
  }
  if (!state.scheme.verify(envelope)) return state.reject("VIEW-CHANGE", from, "signature");
  const claims = readViewChange(state, state.signatures.proofIn(envelope));
  if (typeof claims === "string") return state.reject("VIEW-CHANGE", sender, claims);
  state.viewChanges.set(sender, claims);
  joinHigherView(state);
  watchViewChangeQuorum(state);
}

/**
 * The f+1 rule (1.10): f+1 distinct replicas ask for views above ours, so at least one good one
 * does. We join the (f+1)-th largest of their highest views.
 */
function joinHigherView(state: ReplicaState): void {
  const higher = [...state.viewChanges.values()]
    .filter(({ replica, view }) => replica !== state.id && view > state.view)
    .map(({ view }) => view)
    .sort((a, b) => b - a);
  const target = higher[state.weakQuorum - 1];
  if (target !== undefined) startViewChange(state, target);
}

/**
 * `Tvc` starts when Q distinct replicas, this one included, ask for this view **or a higher one**:
 * counting this view alone leaves f=1 with one silent replica stuck for ever (1.10).
 */
export function watchViewChangeQuorum(state: ReplicaState): void {
  if (state.active || state.viewChangeTimerRuns) return;
  let asking = 0;
  for (const { view } of state.viewChanges.values()) if (view >= state.view) asking += 1;
  if (asking < state.quorum) return;
  state.viewChangeTimerRuns = true;
  state.effects.setTimer(TIMERS.viewChange, state.timeoutMs());
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
  state.backOff();
  state.executionsSinceTimeout = 0;
  startViewChange(state, state.view + 1);
}

export function onRequestTimeout(state: ReplicaState): void {
  state.requestTimerFor = null;
  state.executionsSinceTimeout = 0;
  if (state.active) startViewChange(state, state.view + 1);
}

/**
 * After every step: `Treq` starts again when the client at the head was served, `Tvc` ends when
 * the new view works (1.10).
 */
export function updateTimers(state: ReplicaState): void {
  const { size, turn } = state.requests;
  const wanted = state.active && size > 0 ? turn : null;
  if (wanted !== state.requestTimerFor) {
    state.requestTimerFor = wanted;
    if (wanted === null) state.effects.cancelTimer(TIMERS.request);
    else state.effects.setTimer(TIMERS.request, state.timeoutMs());
  }
  if (state.active && (state.requests.size === 0 || state.executedInView)) {
    stopViewChangeTimer(state);
  }
}
