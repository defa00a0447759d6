/** VIEW-CHANGE, sent and received, where it is signed and carries certificates (PBFT §4.4). */
import { assert } from "../../assert.ts";
import type { ProofFrame } from "../../authentication/scheme.ts";
import { Reader } from "../../wire/codec.ts";
import { onAskedView } from "../leaving-a-view.ts";
import { encodeViewChange, VIEW_CHANGE, type ViewChange } from "../messages.ts";
import { readingCost } from "../reading-cost.ts";
import type { Route } from "../route.ts";
import type { LeftView } from "../variant.ts";
import { viewChangeRecord } from "./records.ts";
import type { Signed } from "./signed.ts";
import { readViewChange, type ViewChangeClaims } from "./view-change.ts";

/** The own VIEW-CHANGE for the view that was just left for. */
export function leaveView(signed: Signed): LeftView {
  signed.newView = null;
  const content = { type: VIEW_CHANGE, payload: encodeViewChange(ownClaims(signed)) };
  const frame = signed.signatures.seal(content, "all");
  const { prepared } = rememberOwnViewChange(signed, frame);
  return {
    content,
    record: viewChangeRecord(frame),
    prepared: [...prepared].map(([sequence, { digest, view }]) => ({ sequence, digest, view })),
  };
}

/** `h` with its proof and, for every number above it, the certificate with the highest view. */
function ownClaims({ state, evidence }: Signed): ViewChange {
  const prepared = [];
  for (const slot of state.log.ascending()) {
    if (!slot.prepared || !state.mayOrder(slot.sequence)) continue;
    prepared.push(evidence.certificate(slot.prepared));
  }
  const { view, marks } = state;
  return { view, stable: marks.stable, checkpoints: evidence.proof, prepared };
}

/** Also after a restart, with the bytes from the log. */
export function rememberOwnViewChange(signed: Signed, frame: ProofFrame): ViewChangeClaims {
  const { state, signatures } = signed;
  const own = readViewChange({ scheme: signatures, cluster: state.cluster }, frame);
  assert(typeof own !== "string", "the own VIEW-CHANGE is valid by the rules for others'");
  signed.claims.trust(own);
  signed.viewChanges.add(own);
  return own;
}

/**
 * Its author is proven to ask for the view, and that is all that this replica needs to join or to
 * wait: what it claims is verified by who builds or accepts a NEW-VIEW on it.
 */
export function viewChangeRoute(signed: Signed): Route<number> {
  const { state, signatures, viewChanges, longest, limits } = signed;
  return {
    name: "VIEW-CHANGE",
    firstHand: false,
    vouches: true,
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
      const frame = signatures.proofIn(envelope);
      const claims = readViewChange({ scheme: signatures, cluster: state.cluster }, frame);
      if (typeof claims === "string") return { refused: claims };
      viewChanges.add(claims);
      onAskedView(state);
      return "yes";
    },
  };
}
