/** Entering a view (PBFT §4.4; reference 1.9). */
import { assert } from "../assert.ts";
import { NULL_DIGEST } from "../audit.ts";
import type { Envelope } from "../envelope.ts";
import type { Request } from "../request.ts";
import { expectStored } from "../stored-record.ts";
import { makeStable } from "./checkpoint.ts";
import {
  bare,
  decodeNewView,
  decodeVote,
  encodeNewView,
  NEW_VIEW,
  type NewView,
  PRE_PREPARE,
  VIEW_CHANGE,
} from "./messages.ts";
import { ownVote, sendPrepare } from "./ordering.ts";
import { newViewRecord } from "./records.ts";
import type { ReplicaState } from "./replica-state.ts";
import { startViewChange, stopRequestTimer } from "./view-change.ts";
import {
  type CheckedViewChange,
  checkViewChange,
  type Selection,
  select,
} from "./view-change-proof.ts";

interface CheckedNewView {
  readonly view: number;
  readonly frame: Uint8Array;
  readonly from: readonly number[];
  readonly selection: Selection;
  /** The PRE-PREPAREs of O, as frames, in the order of `selection.chosen`. */
  readonly prePrepares: readonly Uint8Array[];
}

/** The primary of the view being entered, once it holds Q VIEW-CHANGEs for it. */
export function tryNewView(state: ReplicaState): void {
  if (state.active || !state.isPrimary || state.leadsNot === state.view) return;
  const own = state.viewChanges.get(state.id);
  if (own?.view !== state.view) return;
  const others = [...state.viewChanges.values()].filter(
    ({ replica, view }) => replica !== state.id && view === state.view,
  );
  if (others.length < state.quorum - 1) return;
  const used = [own, ...others.slice(0, state.quorum - 1)];
  const selection = select(used);
  const { view } = state;
  const prePrepares = selection.chosen.map((choice) =>
    ownVote(state, PRE_PREPARE, { view, ...choice }),
  );
  const viewChanges = used.map(({ frame }) => frame);
  const payload = encodeNewView({ view, viewChanges, prePrepares });
  const frame = state.envelopes.seal(NEW_VIEW, payload);
  const from = used.map(({ replica }) => replica);
  // Entering persists the exact bytes first: two NEW-VIEWs for one view would break safety (7.1).
  enterView(state, { view, frame, from, selection, prePrepares });
  state.effects.broadcast(frame);
}

export function onNewView(state: ReplicaState, envelope: Envelope): void {
  const { sender } = envelope;
  const message = decodeNewView(envelope.payload);
  if (!message) return state.reject("NEW-VIEW", sender, "malformed");
  const { view } = message;
  if (sender === state.id || sender !== state.primary(view)) {
    return state.reject("NEW-VIEW", sender, "not the primary");
  }
  // A VIEW-CHANGE for a higher view was sent: acting here would make it a lie (1.17).
  if (view < state.view || view === 0 || (view === state.view && state.active)) return;
  if (!state.limits.viewChange.take(sender, state.now)) {
    return state.reject("NEW-VIEW", sender, "rate");
  }
  if (!state.envelopes.verify(envelope)) return state.reject("NEW-VIEW", sender, "signature");
  const checked = checkNewView(state, message, envelope);
  if (typeof checked !== "string") return enterView(state, checked);
  state.reject("NEW-VIEW", sender, checked);
  // Its author is provably bad. Only the view we wait for: else a bad replica could send us ahead.
  if (view === state.view) startViewChange(state, view + 1);
}

function checkNewView(
  state: ReplicaState,
  message: NewView,
  envelope: Envelope,
): CheckedNewView | string {
  const viewChanges = new Map<number, CheckedViewChange>();
  for (const frame of message.viewChanges) {
    const inner = bare(state.envelopes.open(frame), VIEW_CHANGE);
    const checked = inner ? knownOrChecked(state, inner) : "malformed";
    if (typeof checked === "string") return `VIEW-CHANGE ${checked}`;
    if (checked.view !== message.view) return "VIEW-CHANGE for another view";
    if (viewChanges.has(checked.replica)) return "two VIEW-CHANGEs of one replica";
    viewChanges.set(checked.replica, checked);
  }
  if (viewChanges.size < state.quorum) return "fewer than Q VIEW-CHANGEs";
  const selection = select([...viewChanges.values()]);
  if (message.prePrepares.length !== selection.chosen.length) return "O";
  for (const [index, choice] of selection.chosen.entries()) {
    const inner = bare(state.envelopes.open(message.prePrepares[index] as Uint8Array), PRE_PREPARE);
    const vote = inner && decodeVote(inner.payload);
    if (vote?.view !== message.view || vote.sequence !== choice.sequence) return "O";
    if (vote.digest !== choice.digest || inner?.sender !== envelope.sender) return "O";
    if (!state.envelopes.verify(inner)) return "O signature";
  }
  return {
    view: message.view,
    frame: envelope.frame.slice(),
    from: [...viewChanges.keys()],
    selection,
    prePrepares: message.prePrepares.map((frame) => frame.slice()),
  };
}

/** The same bytes were checked when they came from their author. */
function knownOrChecked(state: ReplicaState, envelope: Envelope): CheckedViewChange | string {
  const known = state.viewChanges.get(envelope.sender);
  if (known && state.digest(known.frame) === state.digest(envelope.frame)) return known;
  return checkViewChange(state, envelope);
}

/** Persist, take over the base, install O, prepare it, and go on where the old view stopped. */
function enterView(state: ReplicaState, newView: CheckedNewView): void {
  const { view, frame, selection } = newView;
  assert(view > state.view || (view === state.view && !state.active), "views only go up");
  // First, because it may replace the log, which would swallow the record of this NEW-VIEW.
  makeStable(state, selection.base);
  state.persist(newViewRecord(frame));
  state.counters.newViews += 1;
  state.audit({
    e: "newview",
    v: view,
    from: newView.from,
    base: selection.base.sequence,
    selected: selection.chosen.map(({ sequence, digest }) => [sequence, digest] as const),
  });
  adoptView(state, newView);
  for (const slot of state.log.ascending()) {
    if (slot.accepted?.view !== view) continue;
    const { digest: d } = slot.accepted;
    const as = state.isPrimary ? "primary" : "backup";
    state.audit({ e: "preprepared", v: view, n: slot.sequence, d, as });
    sendPrepare(state, slot);
  }
  forwardWaiting(state);
}

/** The state after NEW-VIEW, without sending anything: also used when the log is replayed. */
export function adoptView(
  state: ReplicaState,
  { view, frame, selection, prePrepares }: CheckedNewView,
): void {
  state.view = view;
  state.active = true;
  // A lower view may never have been left: what waits has all of its time in this one (1.10).
  stopRequestTimer(state);
  state.newView = frame;
  state.executedInView = false;
  for (const slot of state.log.values()) slot.forgetView();
  let last = selection.base.sequence;
  for (const [index, { sequence, digest }] of selection.chosen.entries()) {
    last = sequence;
    if (!state.inWindow(sequence)) continue;
    const slot = state.log.at(sequence);
    slot.accepted = { view, digest, frame: prePrepares[index] as Uint8Array };
    slot.touchedAt = state.now;
  }
  state.sequence = Math.max(last, state.low);
  state.requests.enterView(orderedRequests(state));
}

/** Reads an own NEW-VIEW record back; it was checked before it was written. */
export function readNewView(state: ReplicaState, frame: Uint8Array): CheckedNewView {
  const envelope = state.envelopes.open(frame);
  const message = envelope && decodeNewView(envelope.payload);
  expectStored(envelope !== null && message !== null, "its NEW-VIEW is malformed");
  const checked = checkNewView(state, message, envelope);
  expectStored(typeof checked !== "string", "its NEW-VIEW does not hold");
  return checked;
}

function* orderedRequests(state: ReplicaState): Iterable<Request> {
  for (const { accepted, bodies } of state.log.values()) {
    if (!accepted || accepted.digest === NULL_DIGEST) continue;
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
