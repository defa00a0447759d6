/** VIEW-CHANGE, sent and received, where it carries certificates (PBFT §4.4). */
import { assert } from "../../assert.ts";
import { Reader } from "../../wire/codec.ts";
import { onAskedView } from "../leaving-a-view.ts";
import { encodeViewChange, VIEW_CHANGE, type ViewChange } from "../messages.ts";
import { readingCost } from "../reading-cost.ts";
import type { Route } from "../route.ts";
import type { LeftView } from "../variant.ts";
import type { Certified } from "./certified.ts";
import type { Provable } from "./provable.ts";
import { viewChangeRecord } from "./records.ts";
import { readViewChange, type StableClaim, type ViewChangeClaims } from "./view-change.ts";

/** The own VIEW-CHANGE for the view that was just left for. */
export function leaveView(certified: Certified): LeftView {
  certified.newView = null;
  const content = { type: VIEW_CHANGE, payload: encodeViewChange(ownClaims(certified)) };
  const message = certified.prover.said(content);
  const { prepared } = rememberOwnViewChange(certified, message);
  return {
    content,
    record: viewChangeRecord(message.frame),
    prepared: [...prepared].map(([sequence, { digest, view }]) => ({ sequence, digest, view })),
  };
}

/** `h` with its proof and, for every number above it, the certificate with the highest view. */
function ownClaims({ state, evidence }: Certified): ViewChange {
  const prepared = [];
  for (const slot of state.log.ascending()) {
    if (!slot.prepared || !state.mayOrder(slot.sequence)) continue;
    prepared.push(evidence.certificate(slot.prepared));
  }
  const { view, marks } = state;
  return { view, stable: marks.stable, checkpoints: evidence.proof, prepared };
}

/** Also after a restart, with the bytes from the log. */
export function rememberOwnViewChange(certified: Certified, message: Provable): ViewChangeClaims {
  const own = readViewChange(certified.reading, message.frame);
  assert(typeof own !== "string", "the own VIEW-CHANGE is valid by the rules for others'");
  certified.claims.trust(own);
  certified.viewChanges.add({ ...own, message, refuted: false });
  return own;
}

/** Looked at once a period at most, however often somebody asks. */
function certaintyOf(certified: Certified, viewChange: ViewChangeClaims): () => boolean {
  const { state } = certified;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isSeen = false;
  const look = () => {
    if (state.now < lookedAt + state.cluster.timers.statusMs) return false;
    lookedAt = state.now;
    return isCertainOf(certified, viewChange);
  };
  return () => {
    // When it comes, whatever has to be waited for: else many are looked at in one input.
    isSeen ||= look();
    return isSeen && !isUnproved(certified, viewChange.stable);
  };
}

/**
 * Where others vouch, who has executed as much takes a mark above its own from no proof of theirs:
 * it waits until that is stable here, and can show it to whoever theirs does not convince.
 */
export function isUnproved({ state, prover }: Certified, { sequence }: StableClaim): boolean {
  const { marks, corrupt, lastExec } = state;
  return prover.vouches && sequence > marks.stable && !corrupt && lastExec >= sequence;
}

/** Of a checkpoint that is stable here, or was, whatever its author has to show. */
function isCertainOf({ state, claims }: Certified, viewChange: ViewChangeClaims): boolean {
  const { sequence, digest } = viewChange.stable;
  const { checkpoints, marks } = state;
  const own =
    checkpoints.stable.sequence === sequence ? checkpoints.stable : checkpoints.snapshot(sequence);
  const isKnown = !state.corrupt && sequence <= marks.stable && own?.digest === digest;
  return claims.holds(viewChange, { isKnown });
}

/**
 * Its author is proven to ask for the view, and that is all that this replica needs to join or to
 * wait: what it claims is verified by who builds or accepts a NEW-VIEW on it.
 */
export function viewChangeRoute(certified: Certified): Route<number> {
  const { state, prover, reading, viewChanges, longest, limits } = certified;
  return {
    name: "VIEW-CHANGE",
    firstHand: false,
    decode: ({ payload }) => new Reader(payload).u64(),
    check(view, { sender, from, envelope }) {
      if (view < state.view || (view === state.view && state.active)) return "no";
      const known = viewChanges.of(sender);
      if (known && known.view >= view) return "no";
      if (envelope.frame.length > longest.viewChange) return { refused: "too large" };
      const isAllowed = limits.viewChange.take(from, state.now, readingCost(envelope));
      return isAllowed ? "yes" : { refused: "rate" };
    },
    take(_view, { envelope }) {
      const claims = readViewChange(reading, envelope.frame.slice());
      if (typeof claims === "string") return { refused: claims };
      const message = prover.heardWith(envelope, certaintyOf(certified, claims));
      viewChanges.add({ ...claims, message, refuted: false });
      onAskedView(state);
      return "yes";
    },
  };
}
