/** NEW-VIEW, built and judged, where it rests on claims (protocols §20.4, §20.6). */
import { Reader } from "../../wire/codec.ts";
import { enterView } from "../entering-a-view.ts";
import { requestBody } from "../execution.ts";
import { startViewChange } from "../leaving-a-view.ts";
import { NEW_VIEW } from "../messages.ts";
import { readingCost } from "../reading-cost.ts";
import type { Answer, Route } from "../route.ts";
import type { EnteredView } from "../variant.ts";
import { decodeNewView, encodeNewView, type NewView, nameOf } from "./messages.ts";
import { newViewRecord } from "./records.ts";
import { type Selection, select } from "./selection.ts";
import type { HeldNewView, Unsigned } from "./unsigned.ts";
import type { ViewChangeClaims } from "./view-change.ts";

/**
 * The primary of the view being entered decides anew whenever S grows: the first Q may leave a
 * number undecided that the next one decides.
 */
export function tryNewView(unsigned: Unsigned): void {
  const { state, held, scheme, choice } = unsigned;
  if (unsigned.awaitedBodies.size > 0) unsigned.awaitedBodies = new Map();
  if (state.active || !state.isPrimary || unsigned.leadsNot === state.view) return;
  const s = admitted(unsigned);
  if (s.length < state.quorum || !held.certain(state.view, state.id)) return;
  const selection = choice.from(s);
  if (!selection || !hasBodies(unsigned, selection)) return;
  const viewChanges = s.map(({ replica, digest }) => ({ replica, name: digest }));
  const message = { view: state.view, viewChanges, selection };
  const payload = encodeNewView(message);
  enter(unsigned, heldNewView(unsigned, payload, message));
  state.effects.broadcast(scheme.seal({ type: NEW_VIEW, payload }, "all"));
}

/** S, ascending by replica. */
function admitted(unsigned: Unsigned): readonly ViewChangeClaims[] {
  const { state, held, vouching } = unsigned;
  return held
    .atLeast(state.view)
    .filter((viewChange) => viewChange.view === state.view && vouching.isAdmitted(viewChange))
    .sort((a, b) => a.replica - b.replica);
}

/** Whoever pre-prepared it has the body. What is at or below the stable mark needs none. */
function hasBodies(unsigned: Unsigned, { chosen }: Selection): boolean {
  const { state, marks } = unsigned;
  const missing = chosen.filter(
    ({ sequence, digest }) => sequence > marks.stable && !state.log.at(sequence).bodies.has(digest),
  );
  unsigned.awaitedBodies = new Map(missing.map(({ sequence, digest }) => [sequence, digest]));
  for (const { sequence, digest } of missing.slice(0, BODIES_AT_ONCE)) {
    requestBody(state, state.log.at(sequence), digest);
  }
  return missing.length === 0;
}

const BODIES_AT_ONCE = 32;

export function heldNewView({ state, scheme }: Unsigned, payload: Uint8Array, message: NewView) {
  const author = state.primary(message.view);
  return { ...message, author, payload, name: nameOf(scheme, { type: NEW_VIEW, author, payload }) };
}

function enter(unsigned: Unsigned, newView: HeldNewView): void {
  enterView(unsigned.state, adopt(unsigned, newView));
}

/** What was checked is the NEW-VIEW of this replica from here on. */
export function adopt(unsigned: Unsigned, newView: HeldNewView): EnteredView {
  unsigned.newView = newView;
  const { view, payload, selection, viewChanges } = newView;
  const { base, chosen } = selection;
  const from = viewChanges.map(({ replica }) => replica);
  const record = newViewRecord(payload);
  const belief = beliefIn(unsigned, newView);
  const claims = () => claimsIn(unsigned, newView);
  return { view, base: base.sequence, chosen, from, record, claims, belief };
}

function claimsIn({ held }: Unsigned, { viewChanges }: HeldNewView) {
  return viewChanges.flatMap(({ replica, name }) => {
    const claims = held.named(name)?.claims;
    if (!claims) return [];
    const { stable, checkpoints, prepared, prePrepared } = claims;
    const p = [...prepared].map(([n, { digest, view }]) => [n, digest, view] as const);
    const q = [...prePrepared].flatMap(([n, digests]) =>
      [...digests].map(([digest, view]) => [n, digest, view] as const),
    );
    const c = checkpoints.map(({ sequence, digest }) => [sequence, digest] as const);
    return [{ replica, h: stable, p, q, c }];
  });
}

function beliefIn(
  { held, lacking, enteredByOthers }: Unsigned,
  newView: HeldNewView,
): NonNullable<EnteredView["belief"]> {
  const { view, viewChanges, name } = newView;
  const vouched = viewChanges
    .filter((reference) => held.certain(view, reference.replica)?.digest !== reference.name)
    .map(({ replica }) => replica);
  if (enteredByOthers?.name === name) return { vouched, after: "stated" };
  return lacking.has(newView) ? { vouched, after: "kept" } : { vouched };
}

export function newViewRoute(unsigned: Unsigned): Route<number> {
  const { state, kept, longest, limits } = unsigned;
  return {
    name: "NEW-VIEW",
    firstHand: true,
    decode: ({ payload }) => new Reader(payload).u64(),
    check(view, { sender, from, envelope }) {
      // A VIEW-CHANGE for a higher view was sent: acting here would make it a lie
      // (protocols §16.6).
      if (view < state.view || view === 0 || (view === state.view && state.active)) return "no";
      if (sender !== state.primary(view)) return { refused: "not the primary" };
      if (envelope.frame.length > longest.newView) return { refused: "too large" };
      return limits.newView.take(from, state.now) ? "yes" : { refused: "rate" };
    },
    take(_view, { sender, envelope }): Answer {
      const payload = envelope.payload.slice();
      const message = decodeNewView(payload, state.cluster);
      if (!message) return { refused: "malformed" };
      kept.set(sender, heldNewView(unsigned, payload, message));
      // What the one before it named may be copies that nobody needs any more.
      unsigned.forgetOld();
      return "yes";
    },
  };
}

/** Enters by a NEW-VIEW that was kept, if nothing that it rests on is missing any more. */
export function tryKept(unsigned: Unsigned): void {
  const { state } = unsigned;
  for (const candidate of unsigned.candidates) {
    if (unsigned.enteredByOthers?.name === candidate.name) return enter(unsigned, candidate);
    const judged = judge(unsigned, candidate);
    if (judged === "holds") return enter(unsigned, candidate);
    if (judged === "lacks") {
      unsigned.lacking.add(candidate);
      continue;
    }
    const { author, view, payload } = candidate;
    state.reject("NEW-VIEW", author, judged.refused);
    unsigned.limits.newView.charge(author, state.now, readingCost({ frame: payload }));
    unsigned.kept.delete(author);
    // Its author is provably bad. Only the view we wait for: else it could send us ahead.
    if (view === state.view) return startViewChange(state, view + 1);
  }
}

type Judgement = "holds" | "lacks" | { readonly refused: string };

function judge(unsigned: Unsigned, newView: HeldNewView): Judgement {
  const { state, held, vouching, rules } = unsigned;
  const { view, viewChanges, selection } = newView;
  const used: ViewChangeClaims[] = [];
  for (const reference of viewChanges) {
    const { replica, name } = reference;
    const own = held.certain(view, state.id);
    if (replica === state.id && own?.digest !== name) return { refused: "names what I never sent" };
    const viewChange = held.named(name);
    if (!viewChange || !vouching.isBelieved(view, reference)) continue;
    if (viewChange.view !== view || viewChange.replica !== replica) return { refused: "V" };
    used.push(viewChange);
  }
  if (used.length < viewChanges.length) return "lacks";
  const forced = select(
    used.map(({ claims }) => claims),
    rules,
  );
  return forced && isSame(forced, selection) ? "holds" : { refused: "X" };
}

function isSame(a: Selection, b: Selection): boolean {
  if (a.base.sequence !== b.base.sequence || a.base.digest !== b.base.digest) return false;
  if (a.chosen.length !== b.chosen.length) return false;
  return a.chosen.every(({ digest }, index) => digest === b.chosen[index]?.digest);
}
