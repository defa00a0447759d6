/** NEW-VIEW, built and judged, where VIEW-CHANGEs carry certificates (PBFT §4.4). */
import { assert } from "../../assert.ts";
import { expectStored } from "../../stored-record.ts";
import { Reader, sameBytes } from "../../wire/codec.ts";
import type { Envelope } from "../../wire/envelope.ts";
import { makeStable } from "../checkpoint.ts";
import { enterView } from "../entering-a-view.ts";
import { startViewChange } from "../leaving-a-view.ts";
import {
  bare,
  decodeNewView,
  decodeVote,
  encodeNewView,
  encodeVote,
  NEW_VIEW,
  type NewView,
  PRE_PREPARE,
  VIEW_CHANGE,
} from "../messages.ts";
import { readingCost } from "../reading-cost.ts";
import type { Answer, Arrival, Route } from "../route.ts";
import type { EnteredView } from "../variant.ts";
import type { Certified } from "./certified.ts";
import type { Proof, ProvedCheckpoint } from "./claim-verifier.ts";
import { isUnproved } from "./leaving.ts";
import type { Provable } from "./provable.ts";
import { newViewRecord } from "./records.ts";
import { type Selection, select } from "./selection.ts";
import { type HeardViewChange, readViewChange, type ViewChangeClaims } from "./view-change.ts";

export interface CheckedNewView {
  readonly view: number;
  readonly message: Provable;
  readonly viewChanges: readonly ViewChangeClaims[];
  readonly selection: Selection<ProvedCheckpoint>;
  /** The PRE-PREPAREs of O, in the order of `selection.chosen`. */
  readonly prePrepares: readonly Provable[];
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
export function tryNewView(certified: Certified): void {
  const { state } = certified;
  if (state.active || !state.isPrimary || certified.leadsNot === state.view) return;
  for (let used = chooseV(certified); used; used = chooseV(certified)) {
    const selection = select(used);
    const before = state.meter.verifications;
    const proof = proofOf(certified, used, selection);
    if (proof.holds) return announceView(certified, used, { ...selection, base: proof.base });
    for (const liar of proof.liars) refute(certified, liar, proof.reason);
    const cost = state.meter.verifications - before;
    for (const liar of proof.liars) {
      state.allowances.chargeRejected({ author: liar, from: liar, now: state.now }, cost);
    }
  }
}

/**
 * Where others vouch for a VIEW-CHANGE they vouch for all that it claims, and one of them is good.
 * The proofs in it may convince only whom their maker meant them for, so nothing rests on those.
 */
function proofOf(
  { prover, claims }: Certified,
  viewChanges: readonly ViewChangeClaims[],
  selection: Selection,
): Proof {
  if (!prover.vouches) return claims.prove(viewChanges, selection);
  const { base } = selection;
  const shown = claims.shownBase(viewChanges, base);
  if (shown) return { holds: true, base: shown };
  return { holds: true, base: { ...base, proof: base.proof.map((each) => prover.written(each)) } };
}

/** V: the own VIEW-CHANGE and Q-1 others, as they came, all of them shown and none refuted. */
function chooseV({ state, viewChanges }: Certified): readonly HeardViewChange[] | null {
  const own = viewChanges.of(state.id);
  if (own?.view !== state.view || own.message.proof === null) return null;
  const others = [...viewChanges.highest()].filter(
    ({ replica, view, refuted, message }) =>
      replica !== state.id && view === state.view && !refuted && message.proof !== null,
  );
  if (others.length < state.quorum - 1) return null;
  return [own, ...others.slice(0, state.quorum - 1)];
}

function refute({ state, viewChanges }: Certified, replica: number, reason: string): void {
  assert(replica !== state.id, "what this replica claims itself was verified");
  const claims = viewChanges.of(replica);
  if (claims) claims.refuted = true;
  state.reject("VIEW-CHANGE", replica, reason);
}

function announceView(
  certified: Certified,
  used: readonly HeardViewChange[],
  selection: Selection<ProvedCheckpoint>,
): void {
  const { state, prover } = certified;
  const { view } = state;
  const prePrepares = selection.chosen.map((choice) =>
    prover.said({ type: PRE_PREPARE, payload: encodeVote({ view, ...choice }) }),
  );
  const proofs = used.map(({ message }) => {
    assert(message.proof !== null, "V is made of what is shown");
    return message.proof;
  });
  const order = prePrepares.map(({ frame }) => frame);
  const payload = encodeNewView({ view, viewChanges: proofs, prePrepares: order });
  const message = prover.said({ type: NEW_VIEW, payload });
  enter(certified, { view, message, viewChanges: used, selection, prePrepares });
  state.effects.broadcast(message.frame);
}

/**
 * The base is proved to be stable, which makes it so here. First, because that may replace the log,
 * which would swallow the record of this NEW-VIEW.
 */
function enter(certified: Certified, checked: CheckedNewView): void {
  const { base } = checked.selection;
  makeStable(certified.state, base, certified.evidence.votesOf(base.proof));
  enterView(certified.state, adopt(certified, checked));
}

/** What was checked is the NEW-VIEW of this replica from here on. */
export function adopt(certified: Certified, checked: CheckedNewView): EnteredView {
  const { view, message, viewChanges, selection, prePrepares } = checked;
  const { base, chosen } = selection;
  const order = new Map<number, Provable>();
  for (const [index, { sequence }] of chosen.entries()) {
    const prePrepare = prePrepares[index];
    assert(prePrepare !== undefined, "O has a PRE-PREPARE for every choice");
    order.set(sequence, prePrepare);
  }
  certified.evidence.order = order;
  certified.newView = message;
  return {
    view,
    base: base.sequence,
    chosen,
    from: viewChanges.map(({ replica }) => replica),
    record: newViewRecord(message.frame),
    claims: () => viewChanges.map(toldOf),
  };
}

function toldOf({ replica, stable, prepared }: ViewChangeClaims) {
  const p = [...prepared].map(([n, { digest, view }]) => [n, digest, view] as const);
  return { replica, h: stable.sequence, p };
}

export function newViewRoute(certified: Certified): Route<number> {
  const { state, longest, limits } = certified;
  return {
    name: "NEW-VIEW",
    firstHand: false,
    decode: ({ payload }) => new Reader(payload).u64(),
    check(view, { sender, from, envelope }) {
      // A VIEW-CHANGE for a higher view was sent: acting here would make it a lie
      // (protocols §16.6).
      if (view < state.view || view === 0 || (view === state.view && state.active)) return "no";
      if (sender !== state.primary(view)) return { refused: "not the primary" };
      if (envelope.frame.length > longest.newView) return { refused: "too large" };
      return limits.newView.take(from, state.now) ? "yes" : { refused: "rate" };
    },
    take(_view, { envelope, from }): Answer {
      const claims = readNewView(certified, envelope);
      if (typeof claims === "string") return { refused: claims };
      // It comes again, by STATUS; that its base is stable comes first if its author is good.
      if (isUnproved(certified, claims.selection.base)) return "no";
      const checked = checkNewView(certified, claims, { envelope, from });
      if (typeof checked === "string") return { refused: checked };
      enter(certified, checked);
      return "yes";
    },
    refused(view, { envelope, from }) {
      limits.newView.charge(from, state.now, readingCost(envelope));
      // Its author is provably bad. Only the view we wait for: else it could send us ahead.
      if (view === state.view) startViewChange(state, view + 1);
    },
  };
}

/** Whatever needs no signature: V is well-formed, and O is what it forces. */
function readNewView(certified: Certified, envelope: Envelope): NewViewClaims | string {
  const { state, reading, longest } = certified;
  const message = decodeNewView(envelope.payload, state.cluster);
  if (!message) return "malformed";
  const viewChanges = new Map<number, ViewChangeClaims>();
  const unknown: Envelope[] = [];
  for (const frame of message.viewChanges) {
    if (frame.length > longest.viewChange) return "VIEW-CHANGE too large";
    const inner = bare(reading.scheme.open(frame), VIEW_CHANGE);
    const known = inner && knownClaims(certified, inner);
    if (inner && !known) unknown.push(inner);
    const claims = known ?? (inner ? readViewChange(reading, inner.frame.slice()) : "malformed");
    if (typeof claims === "string") return `VIEW-CHANGE ${claims}`;
    if (claims.view !== message.view) return "VIEW-CHANGE for another view";
    if (viewChanges.has(claims.replica)) return "two VIEW-CHANGEs of one replica";
    viewChanges.set(claims.replica, claims);
  }
  if (viewChanges.size < state.quorum) return "fewer than Q VIEW-CHANGEs";
  const selection = select([...viewChanges.values()]);
  if (message.prePrepares.length !== selection.chosen.length) return "O";
  const order = readOrder(certified, message, selection);
  if (!order) return "O";
  return { view: message.view, viewChanges: [...viewChanges.values()], unknown, selection, order };
}

/** The signatures, then what the choice rests on. */
function checkNewView(
  certified: Certified,
  claims: NewViewClaims,
  { envelope, from }: Pick<Arrival, "envelope" | "from">,
): CheckedNewView | string {
  const { prover } = certified;
  const { view, viewChanges, unknown, selection, order } = claims;
  if (!unknown.every(({ frame }) => prover.prove(frame))) return "VIEW-CHANGE signature";
  const prePrepares = heardOrder(certified, order);
  if (!prePrepares) return "O signature";
  const proof = proofOf(certified, viewChanges, selection);
  if (!proof.holds) return `VIEW-CHANGE ${proof.reason}`;
  return {
    view,
    message: prover.heard(envelope, from),
    viewChanges,
    selection: { ...selection, base: proof.base },
    prePrepares,
  };
}

function heardOrder({ prover }: Certified, order: readonly Envelope[]): readonly Provable[] | null {
  const heard: Provable[] = [];
  for (const inner of order) {
    const message = prover.contained(inner);
    if (!message) return null;
    heard.push(message);
  }
  return heard;
}

/**
 * Each as its author seals it: what is to convince everybody later is made of these bytes, and a
 * frame that only looks like a proof already would be taken for one when it is read back.
 *
 * @returns the PRE-PREPAREs of O, unverified; null if they are not what V forces
 */
function readOrder(
  { state, reading }: Certified,
  message: NewView<Uint8Array>,
  selection: Selection,
): Envelope[] | null {
  const order: Envelope[] = [];
  for (const [index, choice] of selection.chosen.entries()) {
    const frame = message.prePrepares[index] as Uint8Array;
    if (frame.length !== reading.sizes.sealedVote) return null;
    const inner = bare(reading.scheme.open(frame), PRE_PREPARE);
    const vote = inner && decodeVote(inner.payload);
    if (vote?.view !== message.view || vote.sequence !== choice.sequence) return null;
    if (vote.digest !== choice.digest || inner?.sender !== state.primary(message.view)) return null;
    order.push(inner);
  }
  return order;
}

/** The same bytes were read when they came from their author, and convince everybody. */
function knownClaims(
  { viewChanges, prover }: Certified,
  { sender, content, frame }: Envelope,
): ViewChangeClaims | null {
  const known = viewChanges.named(sender, prover.scheme.digest(content));
  return known?.message.proof && sameBytes(known.message.proof, frame) ? known : null;
}

/** Reads an own NEW-VIEW record back: it was checked before it was written. */
export function loggedNewView(certified: Certified, frame: Uint8Array): CheckedNewView {
  const { prover } = certified;
  const envelope = prover.scheme.open(frame);
  expectStored(envelope !== null, "its NEW-VIEW is malformed");
  const claims = readNewView(certified, envelope);
  expectStored(typeof claims !== "string", "its NEW-VIEW does not hold");
  const { view, viewChanges, selection, order } = claims;
  const { base } = selection;
  const proof = base.proof.map((each) => prover.written(each));
  return {
    view,
    message: prover.recalled(frame),
    viewChanges,
    selection: { ...selection, base: { ...base, proof } },
    prePrepares: order.map((inner) => prover.recalled(inner.frame)),
  };
}
