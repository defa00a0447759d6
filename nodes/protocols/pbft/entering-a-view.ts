/** Entering a view (PBFT §4.4; reference 1.9). */
import { assert } from "../assert.ts";
import type { ProofFrame } from "../authentication/scheme.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import type { NodeId } from "../contract/core.ts";
import { expectStored } from "../stored-record.ts";
import { Reader, sameBytes } from "../wire/codec.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { Request } from "../wire/request.ts";
import { type Selection, select } from "./certificates/selection.ts";
import { readViewChange, type ViewChangeClaims } from "./certificates/view-change.ts";
import { makeStable } from "./checkpoint.ts";
import type { StableCheckpoint } from "./checkpoint-store.ts";
import { readingCost, startViewChange, stopRequestTimer } from "./leaving-a-view.ts";
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

interface CheckedNewView {
  readonly view: number;
  readonly frame: ProofFrame;
  readonly from: readonly number[];
  readonly selection: Selection<StableCheckpoint>;
  /** The PRE-PREPAREs of O, as frames, in the order of `selection.chosen`. */
  readonly prePrepares: readonly ProofFrame[];
}

/** What a NEW-VIEW says, before anything of it is verified. */
interface NewViewClaims {
  readonly view: number;
  readonly viewChanges: readonly ViewChangeClaims[];
  /** Those of V that did not come from their authors before. */
  readonly unknown: readonly Envelope[];
  readonly selection: Selection;
  /** The PRE-PREPAREs of O. */
  readonly order: readonly Envelope[];
}

/** The primary of the view being entered, once it holds Q VIEW-CHANGEs for it that hold. */
export function tryNewView(state: ReplicaState): void {
  if (state.active || !state.isPrimary || state.leadsNot === state.view) return;
  for (let used = chooseV(state); used; used = chooseV(state)) {
    const selection = select(used);
    const before = state.meter.verifications;
    const proof = state.claims.prove(used, selection);
    if (proof.holds) return announceView(state, used, { ...selection, base: proof.base });
    for (const liar of proof.liars) refute(state, liar, proof.reason);
    const cost = state.meter.verifications - before;
    for (const liar of proof.liars) {
      state.allowances.chargeRejected({ author: liar, from: liar, now: state.now }, cost);
    }
  }
}

/** V: the own VIEW-CHANGE and Q-1 others, as they came, none of them refuted. */
function chooseV(state: ReplicaState): readonly ViewChangeClaims<ProofFrame>[] | null {
  const own = state.viewChanges.get(state.id);
  if (own?.view !== state.view) return null;
  const others = [...state.viewChanges.values()].filter(
    ({ replica, view, refuted }) => replica !== state.id && view === state.view && !refuted,
  );
  if (others.length < state.quorum - 1) return null;
  return [own, ...others.slice(0, state.quorum - 1)];
}

function refute(state: ReplicaState, replica: number, reason: string): void {
  assert(replica !== state.id, "what this replica claims itself was verified");
  const claims = state.viewChanges.get(replica);
  if (claims) state.viewChanges.set(replica, { ...claims, refuted: true });
  state.reject("VIEW-CHANGE", replica, reason);
}

function announceView(
  state: ReplicaState,
  used: readonly ViewChangeClaims<ProofFrame>[],
  selection: Selection<StableCheckpoint>,
): void {
  const { view } = state;
  const prePrepares = selection.chosen.map((choice) =>
    ownVote(state, PRE_PREPARE, { view, ...choice }),
  );
  const viewChanges = used.map(({ frame }) => frame);
  const payload = encodeNewView({ view, viewChanges, prePrepares });
  const frame = state.signatures.seal({ type: NEW_VIEW, payload }, "all");
  const from = used.map(({ replica }) => replica);
  // Entering persists the exact bytes first: two NEW-VIEWs for one view would break safety (7.1).
  enterView(state, { view, frame, from, selection, prePrepares });
  state.effects.broadcast(frame);
}

export function onNewView(state: ReplicaState, envelope: Envelope, from: NodeId): void {
  const { sender } = envelope;
  const view = new Reader(envelope.payload).u64();
  // A VIEW-CHANGE for a higher view was sent: acting here would make it a lie (1.17).
  if (view < state.view || view === 0 || (view === state.view && state.active)) return;
  if (sender !== state.primary(view)) return state.reject("NEW-VIEW", from, "not the primary");
  if (envelope.frame.length > state.longest.newView) {
    return state.reject("NEW-VIEW", from, "too large");
  }
  if (!state.limits.newView.take(from, state.now)) return state.reject("NEW-VIEW", from, "rate");
  if (!state.scheme.verify(envelope)) return state.reject("NEW-VIEW", from, "signature");
  const checked = checkNewView(state, envelope);
  if (typeof checked !== "string") return enterView(state, checked);
  state.reject("NEW-VIEW", sender, checked);
  state.limits.newView.charge(from, state.now, readingCost(envelope));
  // Its author is provably bad. Only the view we wait for: else a bad replica could send us ahead.
  if (view === state.view) startViewChange(state, view + 1);
}

/** Whatever needs no signature: V is well-formed, and O is what it forces. */
function readNewView(state: ReplicaState, envelope: Envelope): NewViewClaims | string {
  const message = decodeNewView(envelope.payload, state.cluster);
  if (!message) return "malformed";
  const viewChanges = new Map<number, ViewChangeClaims>();
  const unknown: Envelope[] = [];
  for (const frame of message.viewChanges) {
    if (frame.length > state.longest.viewChange) return "VIEW-CHANGE too large";
    const inner = bare(state.scheme.open(frame), VIEW_CHANGE);
    const known = inner && knownClaims(state, inner);
    if (inner && !known) unknown.push(inner);
    const claims = known ?? (inner ? readViewChange(state, inner.frame.slice()) : "malformed");
    if (typeof claims === "string") return `VIEW-CHANGE ${claims}`;
    if (claims.view !== message.view) return "VIEW-CHANGE for another view";
    if (viewChanges.has(claims.replica)) return "two VIEW-CHANGEs of one replica";
    viewChanges.set(claims.replica, claims);
  }
  if (viewChanges.size < state.quorum) return "fewer than Q VIEW-CHANGEs";
  const selection = select([...viewChanges.values()]);
  if (message.prePrepares.length !== selection.chosen.length) return "O";
  const order = readOrder(state, message, selection);
  if (!order) return "O";
  return { view: message.view, viewChanges: [...viewChanges.values()], unknown, selection, order };
}

/** The signatures, then what the choice rests on. */
function checkNewView(state: ReplicaState, envelope: Envelope): CheckedNewView | string {
  const claims = readNewView(state, envelope);
  if (typeof claims === "string") return claims;
  const { view, viewChanges, unknown, selection, order } = claims;
  if (!unknown.every((inner) => state.scheme.verify(inner))) return "VIEW-CHANGE signature";
  const prePrepares = proveOrder(state, order);
  if (!prePrepares) return "O signature";
  const proof = state.claims.prove(viewChanges, selection);
  if (!proof.holds) return `VIEW-CHANGE ${proof.reason}`;
  return {
    view,
    frame: state.signatures.proofIn(envelope),
    from: viewChanges.map(({ replica }) => replica),
    selection: { ...selection, base: proof.base },
    prePrepares,
  };
}

function proveOrder(
  { signatures }: ReplicaState,
  order: readonly Envelope[],
): readonly ProofFrame[] | null {
  const proofs: ProofFrame[] = [];
  for (const { frame } of order) {
    const proof = signatures.prove(frame.slice());
    if (!proof) return null;
    proofs.push(proof);
  }
  return proofs;
}

/** @returns the PRE-PREPAREs of O, unverified; null if they are not what V forces */
function readOrder(
  state: ReplicaState,
  message: NewView<Uint8Array>,
  selection: Selection,
): Envelope[] | null {
  const order: Envelope[] = [];
  for (const [index, choice] of selection.chosen.entries()) {
    const inner = bare(state.scheme.open(message.prePrepares[index] as Uint8Array), PRE_PREPARE);
    const vote = inner && decodeVote(inner.payload);
    if (vote?.view !== message.view || vote.sequence !== choice.sequence) return null;
    if (vote.digest !== choice.digest || inner?.sender !== state.primary(message.view)) return null;
    order.push(inner);
  }
  return order;
}

/** The same bytes were read, and their signature verified, when they came from their author. */
function knownClaims(state: ReplicaState, envelope: Envelope): ViewChangeClaims | null {
  const known = state.viewChanges.get(envelope.sender);
  return known && sameBytes(known.frame, envelope.frame) ? known : null;
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
    const prePrepare = prePrepares[index];
    assert(prePrepare !== undefined, "O has a PRE-PREPARE for every choice");
    slot.accepted = { view, digest, frame: prePrepare };
    slot.touchedAt = state.now;
  }
  state.sequence = Math.max(last, state.low);
  state.requests.enterView(orderedRequests(state));
}

/** Reads an own NEW-VIEW record back: it was checked before it was written. */
export function loggedNewView(state: ReplicaState, frame: ProofFrame): CheckedNewView {
  const envelope = state.scheme.open(frame);
  expectStored(envelope !== null, "its NEW-VIEW is malformed");
  const claims = readNewView(state, envelope);
  expectStored(typeof claims !== "string", "its NEW-VIEW does not hold");
  const { view, viewChanges, selection, order } = claims;
  const { base } = selection;
  const proof = base.proof.map((each) => state.signatures.written(each));
  return {
    view,
    frame,
    from: viewChanges.map(({ replica }) => replica),
    selection: { ...selection, base: { ...base, proof } },
    prePrepares: order.map((inner) => state.signatures.written(inner.frame)),
  };
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
