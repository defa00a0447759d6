/** Entering a view (PBFT §4.4), whatever its NEW-VIEW rests on. */
import { assert } from "../assert.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import type { Request } from "../wire/request.ts";
import { stopRequestTimer, stopViewChangeTimer } from "./leaving-a-view.ts";
import { PRE_PREPARE } from "./messages.ts";
import { ownVote, sendPrepare } from "./ordering.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { EnteredView } from "./variant.ts";

/** Persist, install X, prepare it, and go on where the old view stopped. */
export function enterView(state: ReplicaState, entered: EnteredView): void {
  const { view, base, chosen, from, record } = entered;
  assert(view > state.view || (view === state.view && !state.active), "views only go up");
  // The exact bytes first: two NEW-VIEWs for one view would break safety (protocols §16.12).
  state.persist(record);
  state.counters.newViews += 1;
  state.audit({ e: "claims", v: view, of: entered.claims() });
  state.audit({
    e: "newview",
    v: view,
    from,
    base,
    selected: chosen.map(({ sequence, digest }) => [sequence, digest] as const),
    ...entered.belief,
  });
  adoptView(state, entered);
  for (const slot of state.log.ascending()) {
    if (slot.accepted?.view !== view) continue;
    const { digest: d } = slot.accepted;
    const as = state.isPrimary ? "primary" : "backup";
    state.audit({ e: "preprepared", v: view, n: slot.sequence, d, as });
    sendPrepare(state, slot);
  }
  forwardWaiting(state);
  assert(state.active && state.view === view, "the view that was entered is the one we are in");
}

/** The state after NEW-VIEW, without sending anything: also used when the log is replayed. */
export function adoptView(state: ReplicaState, entered: EnteredView): void {
  const { view, base, chosen } = entered;
  // A lower view may never have been left: what waits has all of its time in this one
  // (protocols §10.2), and what measured the lower one measures this one not (protocols §10.3).
  stopRequestTimer(state);
  if (view > state.view) stopViewChangeTimer(state);
  state.view = view;
  state.active = true;
  state.variant.views.entered(entered);
  state.executedInView = false;
  for (const slot of state.log.values()) slot.forgetView();
  let last = base;
  for (const { sequence, digest } of chosen) {
    last = sequence;
    if (!state.mayOrder(sequence)) continue;
    const slot = state.log.at(sequence);
    const vote = { view, sequence, digest };
    slot.accepted = state.isPrimary ? ownVote(PRE_PREPARE, vote) : { view, digest, own: null };
    slot.touchedAt = state.now;
    state.variant.evidence.selected(slot);
  }
  state.sequence = Math.max(last, state.marks.floor);
  state.requests.enterView(orderedRequests(state));
  // What waits has waited long enough, whatever of X is in flight.
  state.proposedAt = Number.NEGATIVE_INFINITY;
}

/** What the view that is entered has in flight. */
export function* orderedRequests(state: ReplicaState): Iterable<Request> {
  for (const { sequence, accepted, bodies } of state.log.values()) {
    // What was executed is ordered again, and in flight for nobody here.
    if (sequence <= state.lastExec || !accepted || accepted.digest === NULL_DIGEST) continue;
    yield* bodies.get(accepted.digest)?.requests ?? [];
  }
}

/** What waits here may never have reached the new primary. */
function forwardWaiting(state: ReplicaState): void {
  if (state.isPrimary) return;
  for (const request of state.requests.all()) {
    state.effects.send(state.primary(), request.envelope.frame);
  }
}
