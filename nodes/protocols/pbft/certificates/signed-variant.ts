/** The variant in which signatures stand behind everything: what it answers to the core. */
import { assert } from "../../assert.ts";
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import type { Authenticator } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import { encodeViews, NEW_VIEW, readViews, type Status, VIEW_CHANGE } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import { mayBeOrdered } from "../request-rules/signed.ts";
import { resend, takeAnswer } from "../resending.ts";
import type { Marks, Retransmission, Variant } from "../variant.ts";
import { viewChangeRoute } from "./leaving.ts";
import { newViewRoute } from "./new-view.ts";
import { Signed } from "./signed.ts";
import { SignedViews } from "./signed-views.ts";

/** @param replies where something else stands behind them */
export function signedVariant(
  state: ReplicaState,
  authenticator: Authenticator,
  replies?: AuthenticationScheme,
): Variant {
  const signed = new Signed(state, authenticator);
  return {
    scheme: signed.signatures,
    replies,
    marks: marksOf(state),
    get target() {
      return state.checkpoints.stable;
    },
    evidence: signed.evidence,
    views: new SignedViews(signed),
    retransmission: retransmissionOf(signed),
    upkeep: null,
    routes: new Map([
      [VIEW_CHANGE, viewChangeRoute(signed)],
      [NEW_VIEW, newViewRoute(signed)],
    ]),
    requests: {
      arrived: (request) => state.requests.add(request),
    },
    mayBeOrdered: (request) => mayBeOrdered(state, request),
  };
}

/** A base is proved to be stable before its view is entered, so one mark is all that is needed. */
function marksOf(state: ReplicaState): Marks {
  return {
    get stable() {
      return state.checkpoints.stable.sequence;
    },
    get floor() {
      return this.stable;
    },
    get top() {
      return this.stable + state.cluster.window;
    },
    isSelected: () => false,
  };
}

function retransmissionOf(signed: Signed): Retransmission {
  const { state, evidence, viewChanges } = signed;
  return {
    part() {
      const replicas = Array.from({ length: state.cluster.replicas }, (_, replica) => replica);
      return encodeViews(replicas.map((replica) => viewChanges.of(replica)?.view ?? 0));
    },
    readPart(reader) {
      const views = readViews(reader, state.cluster);
      return views && { answer: (peer, status) => answer(signed, peer, { status, views }) };
    },
    convinceOfStable(peer) {
      for (const frame of evidence.proof) resend(state, peer, frame);
    },
    /** A commit certificate convinces in any view (protocols §6.4); the body is asked for. */
    convinceOfDecision(peer, { decided }) {
      assert(decided !== null, "there is a decision to be told");
      for (const frame of evidence.commits(decided)) resend(state, peer, frame);
    },
  };
}

/** @param views of which VIEW-CHANGEs the peer knows, by replica */
function answer(
  { state, newView, viewChanges }: Signed,
  peer: NodeId,
  { status, views }: { readonly status: Status<unknown>; readonly views: readonly number[] },
): void {
  const behind = status.view < state.view || (status.view === state.view && !status.active);
  if (state.active) {
    if (!behind || !newView) return;
    if (takeAnswer(state, peer, newView.length)) resend(state, peer, newView);
    return;
  }
  const own = viewChanges.of(state.id);
  const known = views[state.id] ?? 0;
  // protocols §10.5: needed also towards peers of lower views, whose f+1 rule waits for it.
  if (!own || !behind || known >= own.view) return;
  if (takeAnswer(state, peer, own.frame.length)) resend(state, peer, own.frame);
}
