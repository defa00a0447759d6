/** The normal case: PRE-PREPARE, PREPARE, COMMIT (PBFT §4.2; protocols §5, §6). */
import { assert } from "../assert.ts";
import type { Content } from "../authentication/scheme.ts";
import { type AuditEvent, NULL_DIGEST } from "../contract/audit.ts";
import { BATCH_BYTES_MAX } from "../contract/limits.ts";
import { type Batch, decodeBatch, requestsIn } from "../wire/request.ts";
import { logFloor } from "./checkpoint.ts";
import { requestBody } from "./execution.ts";
import type { CountedVote, Slot } from "./log.ts";
import {
  BODY,
  type CheckpointVote,
  COMMIT,
  decodeCheckpoint,
  decodeVote,
  encodeVote,
  PRE_PREPARE,
  PREPARE,
  type Vote,
} from "./messages.ts";
import { bodyRecord } from "./records.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Answer, Arrival, Route } from "./route.ts";

/** Largest batches, beyond the pipeline, that a replica keeps without having executed them. */
const WAITING_BATCHES_MAX = 16;

export function orderingRoutes(state: ReplicaState): readonly (readonly [number, Route])[] {
  return [
    [PRE_PREPARE, prePrepareRoute(state)],
    [PREPARE, prepareRoute(state)],
    [COMMIT, commitRoute(state)],
    [BODY, bodyRoute(state)],
  ];
}

/** What this replica says of a number. */
export function ownVote(type: number, vote: Vote): CountedVote & { readonly own: Content } {
  const { view, digest } = vote;
  return { view, digest, own: { type, payload: encodeVote(vote) } };
}

/** Logs and persists the acceptance of a digest at (v,n): from here on no other one is possible. */
export function accept(
  state: ReplicaState,
  vote: Vote,
  { counted, batch, as }: { counted: CountedVote; batch: Batch; as: "primary" | "backup" },
): void {
  const slot = state.log.at(vote.sequence);
  assert(slot.accepted === null, "one digest at most is accepted at (v,n)");
  assert(state.mayOrder(vote.sequence), "what is accepted lies in the window");
  assert(state.active && vote.view === state.view, "what is accepted is of the view we are in");
  slot.accepted = counted;
  slot.bodies.set(batch.digest, batch);
  slot.touchedAt = state.now;
  // Written down first: a power cut that loses the record takes the audit line behind it along.
  state.persist(state.variant.evidence.prePrepared(slot, batch));
  state.audit({ e: "preprepared", v: vote.view, n: vote.sequence, d: vote.digest, as });
}

const decode = ({ payload }: { readonly payload: Uint8Array }) =>
  decodeVote(payload) ?? "malformed";

/** Of a view that was not entered yet. */
function isEarly({ view, active }: ReplicaState, vote: Vote): boolean {
  return vote.view > view || (vote.view === view && !active);
}

function prePrepareRoute(state: ReplicaState): Route<Vote> {
  return {
    name: "PRE-PREPARE",
    firstHand: false,
    decode,
    check(vote, { sender }) {
      if (isEarly(state, vote)) return { notYet: "view" };
      if (vote.view !== state.view) return "no";
      if (sender !== state.primary()) return { refused: "not the primary" };
      if (!state.mayOrder(vote.sequence)) return { refused: "outside the window" };
      const known = acceptedAt(state, vote);
      if (known) {
        return known.accepted?.digest === vote.digest || known.equivocated ? "no" : "yes";
      }
      // Not the primary's fault where this replica is slow. STATUS asks for it again.
      return hasRoom(state, vote) ? "yes" : { refused: "too much waits" };
    },
    take(vote, arrival) {
      const known = acceptedAt(state, vote);
      return known ? onSecondPrePrepare(state, known, arrival) : onPrePrepare(state, vote, arrival);
    },
  };
}

/** One digest at most is accepted at (v,n): what comes for it later is evidence at best. */
function acceptedAt(state: ReplicaState, vote: Vote): Slot | null {
  const slot = state.log.get(vote.sequence);
  return slot?.accepted ? slot : null;
}

function onPrePrepare(state: ReplicaState, vote: Vote, arrival: Arrival): Answer {
  const { envelope } = arrival;
  const batch = bodyOf(state, envelope.attachment, vote.digest);
  if (typeof batch === "string") return { refused: batch };
  const believed: AuditEvent[] = [];
  for (const request of batch.requests) {
    const answer = state.variant.mayBeOrdered(request, vote);
    if (typeof answer === "object" && "believed" in answer) {
      const { client, timestamp: t } = request;
      believed.push({ e: "believed", client, t, on: answer.believed });
    } else if (answer !== "yes") return answer;
  }
  const counted = { view: vote.view, digest: vote.digest, own: null };
  state.variant.evidence.heard(counted, arrival);
  accept(state, vote, { counted, batch, as: "backup" });
  // Not before: a PRE-PREPARE that waits is looked at again and again.
  for (const event of believed) state.audit(event);
  sendPrepare(state, state.log.at(vote.sequence));
  return "yes";
}

/**
 * The next number always has room, so that execution, which makes room, never waits for it. Null
 * requests take none. An honest primary is `pipeline` batches ahead of itself, and a slow backup
 * some more (protocols §6.2). What older views left behind is no concern of this one, until all of
 * it is as much as a window of batches, or as so many bad primaries in a row may leave
 * (protocols §12.5).
 */
function hasRoom(
  { cluster, weakQuorum, log, view, lastExec }: ReplicaState,
  { sequence, digest }: CheckpointVote,
): boolean {
  if (digest === NULL_DIGEST || sequence === lastExec + 1) return true;
  const batches = cluster.pipeline + WAITING_BATCHES_MAX;
  if (log.waitingBytes({ view, lastExec }) >= batches * BATCH_BYTES_MAX) return false;
  return log.bodyBytes < Math.max(cluster.window, weakQuorum * batches) * BATCH_BYTES_MAX;
}

/** Evidence against the primary, told once per (v,n) however many it signs (protocols §6.2). */
function onSecondPrePrepare(state: ReplicaState, slot: Slot, { sender }: Arrival): Answer {
  slot.equivocated = true;
  const { view: v } = state;
  const { sequence: n } = slot;
  state.audit({ e: "evidence", against: sender, what: "two PRE-PREPAREs", v, n });
  return "yes";
}

/** @returns the batch that `digest` names, within the limits, or what is wrong with the bytes */
function bodyOf(state: ReplicaState, bytes: Uint8Array, digest: string): Batch | string {
  if (bytes.length > BATCH_BYTES_MAX) return "batch too large";
  // Before the work: of thousands each is opened and digested, and a body shows nobody's hand.
  if (requestsIn(bytes) > state.cluster.batchMax) return "too many requests";
  const batch = decodeBatch(state.scheme, bytes);
  return batch?.digest === digest ? batch : "digest";
}

/**
 * A backup votes for what it accepted, once it has the body (protocols §6.2, §9.7). The primary
 * sends none.
 */
export function sendPrepare(state: ReplicaState, slot: Slot): void {
  const { accepted } = slot;
  assert(accepted !== null && accepted.view === state.view, "PREPARE follows an acceptance");
  assert(state.active, "nothing is prepared while changing view");
  if (!slot.bodies.has(accepted.digest)) {
    return requestBody(state, slot, accepted.digest);
  }
  writeBody(state, slot, accepted.digest);
  slot.touchedAt = state.now;
  if (!state.isPrimary && !slot.prepares.has(state.id)) {
    const { view, digest } = accepted;
    const counted = ownVote(PREPARE, { view, sequence: slot.sequence, digest });
    slot.prepares.set(state.id, counted);
    state.effects.broadcast(state.scheme.seal(counted.own, "all"));
  }
  tryPrepared(state, slot);
}

function prepareRoute(state: ReplicaState): Route<Vote> {
  return {
    name: "PREPARE",
    firstHand: false,
    decode,
    check(vote, { sender }) {
      if (isEarly(state, vote)) return { notYet: "view" };
      if (vote.view !== state.view) return "no";
      if (sender === state.primary()) return { refused: "from the primary" };
      if (!state.mayOrder(vote.sequence)) return "no";
      const known = state.log.get(vote.sequence);
      // One per sender, the first wins; more than Q-1 are not worth a verification.
      const isEnough = known?.prepared?.view === vote.view && !state.variant.evidence.vouches;
      return isEnough || known?.prepares.has(sender) ? "no" : "yes";
    },
    take({ view, sequence, digest }, arrival) {
      const { sender } = arrival;
      const slot = state.log.at(sequence);
      const counted = { view, digest, own: null };
      slot.prepares.set(sender, counted);
      state.variant.evidence.heard(counted, arrival);
      tryPrepared(state, slot);
      return { settles: (doubt) => doubt.sequence === sequence };
    },
  };
}

/** `prepared(v,n,d,i)`: body, pre-prepare, and Q-1 matching PREPAREs from different backups. */
export function tryPrepared(state: ReplicaState, slot: Slot): void {
  const { accepted } = slot;
  if (!accepted || !state.active || !slot.bodies.has(accepted.digest)) return;
  if (slot.prepared?.view === accepted.view) return;
  if (slot.prepares.size < state.quorum - 1) return;
  const { evidence } = state.variant;
  const matching = [...slot.prepares].filter(
    ([, vote]) => vote.digest === accepted.digest && evidence.isShown(vote),
  );
  if (matching.length < state.quorum - 1 || !evidence.isShown(accepted)) return;
  if (evidence.hasRoomFor?.(slot) === false) return;
  const prepares = matching.slice(0, state.quorum - 1);
  const { view, digest } = accepted;
  const { sequence } = slot;
  assert(view === state.view, "what is prepared is of the view we are in");
  const by = [state.primary(), ...prepares.map(([replica]) => replica)];
  assert((slot.prepared?.view ?? -1) < view, "what is prepared again is so in a higher view");
  slot.prepared = { view, digest, by };
  slot.touchedAt = state.now;
  const counted = prepares.map(([, vote]) => vote);
  state.persist(evidence.prepared(slot, counted));
  state.audit({ e: "prepared", v: view, n: sequence, d: digest, by });
  const commit = ownVote(COMMIT, { view, sequence, digest });
  slot.commits.add(state.id, commit);
  state.effects.broadcast(state.scheme.seal(commit.own, "all"));
  tryDecide(state, slot, { view, digest });
}

/** COMMITs of any view count, for the learning rule (protocols §6.4), also while changing view. */
function commitRoute(state: ReplicaState): Route<Vote> {
  return {
    name: "COMMIT",
    firstHand: false,
    // They come back in the certificates of others: after a restart they are news (seed 348).
    ownIsNews: true,
    decode,
    check(vote, { sender, from }) {
      const { sequence } = vote;
      // Below the floor the log is discarded: state is fetched, not decisions.
      if (sequence <= Math.min(state.marks.stable, logFloor(state))) return "no";
      if (sequence > state.marks.top && !state.marks.isSelected(sequence)) return "no";
      const known = state.log.get(sequence);
      if (known?.decided || known?.commits.of(sender, vote.view, vote.digest)) return "no";
      // A good replica commits one digest in a view. More of them, or of other views, are of use to
      // the learning rule only and have no end: so many per channel, STATUS repeats what matters.
      const expected = vote.view === state.view && !known?.commits.hasVoted(sender, vote.view);
      if (expected || state.allowances.learning.take(from, state.now)) return "yes";
      return { refused: "rate" };
    },
    take({ view, sequence, digest }, arrival) {
      const { sender } = arrival;
      const slot = state.log.at(sequence);
      const counted = { view, digest, own: null };
      slot.commits.add(sender, counted);
      state.variant.evidence.heard(counted, arrival);
      tryDecide(state, slot, { view, digest });
      return "yes";
    },
  };
}

/** Q COMMITs for one (v,n,d): f+1 good replicas prepared it, so no other digest can commit at n. */
function tryDecide(
  state: ReplicaState,
  slot: Slot,
  { view, digest }: { view: number; digest: string },
): void {
  if (slot.decided) return;
  const matching = slot.commits.matching(view, digest);
  if (matching.length < state.quorum) return;
  const commits = matching.slice(0, state.quorum);
  const by = commits.map(([replica]) => replica);
  slot.decided = { digest, by };
  state.variant.evidence.decided(
    slot,
    commits.map(([, vote]) => vote),
  );
  const own = slot.prepared?.view === view && slot.prepared.digest === digest;
  const e = own ? "committed" : "decided";
  state.audit({ e, v: view, n: slot.sequence, d: digest, by });
}

/** A body that was asked for: it proves itself by its digest, whoever sends it. */
function bodyRoute(state: ReplicaState): Route<CheckpointVote> {
  return {
    name: "BODY",
    firstHand: true,
    byDigest: true,
    decode: ({ payload }) => decodeCheckpoint(payload) ?? "malformed",
    check(body) {
      const { sequence, digest } = body;
      const slot = state.log.get(sequence);
      if (!slot || slot.bodies.has(digest)) return "no";
      // A view is not entered, or not gone on with, without what its NEW-VIEW chooses: one body a
      // number, which a good replica had room for when it was proposed.
      if (isChosen(state, slot, digest)) return "yes";
      if (slot.decided?.digest !== digest) return "no";
      return hasRoom(state, body) ? "yes" : { refused: "too much waits" };
    },
    take({ sequence, digest }, { envelope }) {
      const slot = state.log.at(sequence);
      const batch = bodyOf(state, envelope.attachment, digest);
      if (typeof batch === "string") return { refused: batch };
      slot.bodies.set(batch.digest, batch);
      slot.unwritten.add(digest);
      // NEW-VIEW promises it, too, and one to come may choose what an old view accepted.
      if (isChosen(state, slot, digest)) writeBody(state, slot, digest);
      if (slot.accepted?.digest === digest && state.active) sendPrepare(state, slot);
      return "yes";
    },
  };
}

/**
 * PREPARE promises the body: it must be as durable as the acceptance (protocols §13.1). What was
 * fetched because it is decided is on the disks of those who prepared it, and not on this one.
 */
function writeBody(state: ReplicaState, slot: Slot, digest: string): void {
  const body = slot.bodies.get(digest);
  if (!body || !slot.unwritten.delete(digest)) return;
  state.persist(bodyRecord(slot.sequence, digest, body.bytes));
}

/** By the NEW-VIEW of this view, or by the one that this replica is about to make. */
function isChosen({ variant }: ReplicaState, { sequence, accepted }: Slot, digest: string) {
  return accepted?.digest === digest || variant.views.awaitsBody(sequence, digest);
}
