/** The variants in which certificates carry a change of views: what they answer to the core. */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { encodeViews, NEW_VIEW, readViews, type Status, VIEW_CHANGE } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend, takeAnswer } from "../resending.ts";
import type { Route } from "../route.ts";
import type { Marks, Retransmission, Variant } from "../variant.ts";
import { Certified, type CertifiedParts } from "./certified.ts";
import { CertifiedViews } from "./certified-views.ts";
import { viewChangeRoute } from "./leaving.ts";
import { newViewRoute } from "./new-view.ts";

/** @param rest what does not follow from certificates */
export function certifiedVariant(
  state: ReplicaState,
  parts: CertifiedParts & { readonly replies?: AuthenticationScheme | undefined },
  rest: Pick<Variant, "upkeep" | "requests" | "mayBeOrdered"> & Partial<Pick<Variant, "routes">>,
): Variant {
  const certified = new Certified(state, parts);
  return {
    ...rest,
    scheme: parts.prover.scheme,
    replies: parts.replies,
    marks: marksOf(state),
    get target() {
      return certified.decisions.target;
    },
    evidence: certified.evidence,
    views: new CertifiedViews(certified),
    retransmission: retransmissionOf(certified),
    routes: new Map<number, Route>([
      [VIEW_CHANGE, viewChangeRoute(certified)],
      [NEW_VIEW, newViewRoute(certified)],
      ...certified.decisions.routes,
      ...(rest.routes ?? []),
    ]),
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

function retransmissionOf(certified: Certified): Retransmission {
  const { state, prover, evidence, viewChanges, decisions } = certified;
  return {
    part() {
      const replicas = Array.from({ length: state.cluster.replicas }, (_, replica) => replica);
      return encodeViews(replicas.map((replica) => viewChanges.of(replica)?.view ?? 0));
    },
    readPart(reader) {
      const views = readViews(reader, state.cluster);
      return views && { answer: (peer, status) => answer(certified, peer, { status, views }) };
    },
    convinceOfStable(peer) {
      // By what others made this replica may be the only one that is convinced.
      const own = prover.vouches && state.checkpoints.own.get(state.marks.stable);
      if (own) resend(state, peer, prover.scheme.seal(own.content, peer));
      for (const frame of evidence.proof) resend(state, peer, frame);
    },
    convinceOfDecision: (peer, slot) => decisions.convince(peer, slot),
  };
}

/** @param views of which VIEW-CHANGEs the peer knows, by replica */
function answer(
  { state, newView, viewChanges }: Certified,
  peer: NodeId,
  { status, views }: { readonly status: Status<unknown>; readonly views: readonly number[] },
): void {
  const behind = status.view < state.view || (status.view === state.view && !status.active);
  if (state.active) {
    if (!behind || !newView) return;
    // What another said may convince this replica alone, and whoever passes that on pays for it.
    const frame = newView.proof ?? (state.isPrimary ? newView.frame : null);
    if (frame && takeAnswer(state, peer, frame.length)) resend(state, peer, frame);
    return;
  }
  const own = viewChanges.of(state.id);
  const known = views[state.id] ?? 0;
  // protocols §10.5: needed also towards peers of lower views, whose f+1 rule waits for it.
  if (!own || !behind || known >= own.view) return;
  const { frame } = own.message;
  if (takeAnswer(state, peer, frame.length)) resend(state, peer, frame);
}
