/** VOUCH and PROVE, taken (protocols §22.2). */
import { RateLimit } from "../../rate-limit.ts";
import type { Envelope } from "../../wire/envelope.ts";
import { tryStable } from "../checkpoint.ts";
import { CHECKPOINT, decodeCheckpoint, VIEW_CHANGE } from "../messages.ts";
import { tryPrepared } from "../ordering.ts";
import { readingCost } from "../reading-cost.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend } from "../resending.ts";
import type { Route } from "../route.ts";
import { decodeProve, decodeVouch, type Saying } from "./messages.ts";
import type { ProofVectors } from "./proof-vectors.ts";
import type { Proofs } from "./proofs.ts";
import type { Proving } from "./proving.ts";

/** An honest peer vouches as fast as everybody votes; one takes a few microseconds. */
const VOUCHES_PER_MS = 100;
/** Of one peer, in a STATUS period. */
const PROVES_PER_PERIOD = 64;

export function vouchRoute(state: ReplicaState, proofs: Proofs): Route<Saying> {
  const { replicas, timers } = state.cluster;
  const limit = new RateLimit({
    perPeriod: VOUCHES_PER_MS * timers.statusMs,
    periodMs: timers.statusMs,
  });
  return {
    name: "VOUCH",
    firstHand: true,
    decode: ({ payload }) => decodeVouch(payload) ?? "malformed",
    check(saying, { sender }) {
      if (saying.author >= replicas) return { refused: "malformed" };
      // What an author says of its own message its own vector says.
      if (saying.author === sender || proofs.isOver(saying)) return "no";
      const proving = proofs.named(saying);
      if (proving?.proof || proving?.isVouchedBy(sender)) return "no";
      if (!proving && proofs.early.has(sender, saying.name)) return "no";
      return limit.take(sender, state.now) ? "yes" : { refused: "rate" };
    },
    take(saying, { sender, envelope }) {
      const vector = envelope.authentication.slice();
      const proving = proofs.named(saying);
      if (!proving) proofs.early.keep(sender, { saying, vector });
      else {
        proving.vouched(sender, vector);
        if (proving.proof) onShown(state, proving);
      }
      return "yes";
    },
  };
}

/** It may be what something was waiting for. Views are entered at the end of every step. */
function onShown(state: ReplicaState, { saying, envelope }: Proving): void {
  if (saying.type === CHECKPOINT) {
    const vote = decodeCheckpoint(envelope.payload);
    if (vote) tryStable(state, vote);
    return;
  }
  const slot = state.log.get(saying.sequence);
  if (slot) tryPrepared(state, slot);
}

/**
 * Whoever shows a vector whose entry is good here has this replica's word for it, also where
 * nothing of it was heard, or all was forgotten.
 */
export function proveRoute(state: ReplicaState, proofs: Proofs): Route<Envelope> {
  const { scheme } = proofs;
  const limit = new RateLimit({
    perPeriod: PROVES_PER_PERIOD,
    periodMs: state.cluster.timers.statusMs,
  });
  return {
    name: "PROVE",
    firstHand: true,
    decode({ payload }) {
      const frame = decodeProve(payload);
      const inner = frame && scheme.open(frame);
      const isWhole = inner !== null && scheme.isProvable(inner) && isAskedFor(scheme, inner);
      const isOfReplica = inner !== null && inner.sender < state.cluster.replicas;
      return isWhole && isOfReplica && inner.attachment.length === 0 ? inner : "malformed";
    },
    check: (_inner, { sender, envelope }) =>
      limit.take(sender, state.now, readingCost(envelope)) ? "yes" : { refused: "rate" },
    take(inner, { sender }) {
      const saying = scheme.sayingOf(inner);
      if (saying.author === state.id) {
        // Others show that it said so; its own word is its message, which who asks has not got.
        if (!scheme.isProof(inner) || !scheme.verify(inner)) return "no";
        resend(state, sender, scheme.seal({ type: inner.type, payload: inner.payload }, "all"));
        return "yes";
      }
      // Not the fault of who asks: a bad author convinced that one alone.
      if (!isBelieved(proofs, inner, saying)) return "no";
      resend(state, sender, scheme.seal(scheme.vouchFor(saying), "all"));
      return "yes";
    },
  };
}

/** With its proof only what others bring with one. */
function isAskedFor(scheme: ProofVectors, inner: Envelope): boolean {
  return !scheme.isProof(inner) || inner.type === CHECKPOINT;
}

/** What stands in a VIEW-CHANGE is vouched for with it, so it has to have been heard. */
function isBelieved(proofs: Proofs, inner: Envelope, saying: Saying): boolean {
  const known = proofs.named(saying);
  if (known || saying.type === VIEW_CHANGE) return known?.isVouchedFor ?? false;
  const { scheme } = proofs;
  return scheme.isProof(inner) ? scheme.verify(inner) : scheme.isConvincing(inner);
}
