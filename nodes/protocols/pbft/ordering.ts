/** The normal case: PRE-PREPARE, PREPARE, COMMIT (PBFT §4.2; reference 1.5, 1.6). */
import { assert } from "../assert.ts";
import type { ProofFrame } from "../authentication/scheme.ts";
import type { NodeId } from "../contract/core.ts";
import { BATCH_BYTES_MAX } from "../contract/limits.ts";
import type { Envelope } from "../wire/envelope.ts";
import { type Batch, decodeBatch, makeBatch, NULL_BATCH } from "../wire/request.ts";
import { logFloor } from "./checkpoint.ts";
import { requestBody } from "./execution.ts";
import type { SignedVote, Slot } from "./log.ts";
import {
  COMMIT,
  decodeCheckpoint,
  decodeVote,
  encodeVote,
  PRE_PREPARE,
  PREPARE,
  type Vote,
} from "./messages.ts";
import { bodyRecord, prePreparedRecord, preparedRecord } from "./records.ts";
import type { ReplicaState } from "./replica-state.ts";
import { isAuthentic } from "./request-rules/signed.ts";

/** Largest batches, beyond the pipeline, that a replica keeps without having executed them. */
const WAITING_BATCHES_MAX = 16;

/**
 * Bodies stay in memory until a stable checkpoint covers them: beyond this many bytes, sixteen of
 * the largest batches, the primary hurries to the next one.
 */
const LOG_BYTES_MAX = 16 * BATCH_BYTES_MAX;

/** The primary orders what waits, as far as pipeline and window allow (1.5). */
export function propose(state: ReplicaState): void {
  if (!state.active || !state.isPrimary) return;
  const { pipeline, batchMax } = state.cluster;
  const last = () => Math.min(state.high, state.lastExec + pipeline);
  while (state.requests.hasUnproposed && state.sequence + 1 <= last()) {
    if (state.log.bodyBytes >= LOG_BYTES_MAX) return proposeUpToCheckpoint(state);
    order(state, makeBatch(state.scheme, state.requests.takeUnproposed(batchMax)));
  }
}

/**
 * Null requests up to the next multiple of K: its checkpoint lets everybody forget the bodies, and
 * where checkpoints are taken is the same for all. Not held back by the pipeline, since they have
 * no bodies; what waits is proposed when the checkpoint is stable.
 */
function proposeUpToCheckpoint(state: ReplicaState): void {
  const { checkpointInterval } = state.cluster;
  while (state.sequence % checkpointInterval !== 0 && state.sequence < state.high) {
    order(state, NULL_BATCH);
  }
}

function order(state: ReplicaState, batch: Batch): void {
  state.sequence += 1;
  const vote = { view: state.view, sequence: state.sequence, digest: batch.digest };
  const content = { type: PRE_PREPARE, payload: encodeVote(vote) };
  const frame = state.signatures.seal(content, "all");
  accept(state, vote, { frame, batch, as: "primary" });
  state.effects.broadcast(state.scheme.seal(content, "all", batch.bytes));
  tryPrepared(state, state.log.at(vote.sequence));
}

/** Logs and persists the acceptance of a digest at (v,n): from here on no other one is possible. */
function accept(
  state: ReplicaState,
  vote: Vote,
  { frame, batch, as }: { frame: ProofFrame; batch: Batch; as: "primary" | "backup" },
): void {
  const slot = state.log.at(vote.sequence);
  assert(slot.accepted === null, "one digest at most is accepted at (v,n)");
  assert(state.inWindow(vote.sequence), "what is accepted lies in the window");
  slot.accepted = { view: vote.view, digest: vote.digest, frame };
  slot.bodies.set(batch.digest, batch);
  slot.touchedAt = state.now;
  // Written down first: a power cut that loses the record takes the audit line behind it along.
  state.persist(prePreparedRecord(frame, batch.bytes));
  state.audit({ e: "preprepared", v: vote.view, n: vote.sequence, d: vote.digest, as });
}

export function onPrePrepare(state: ReplicaState, envelope: Envelope, from: NodeId): void {
  const { sender } = envelope;
  const vote = decodeVote(envelope.payload);
  if (!vote) return state.reject("PRE-PREPARE", from, "malformed");
  if (!state.active || vote.view !== state.view) return;
  if (sender !== state.primary()) return state.reject("PRE-PREPARE", from, "not the primary");
  if (!state.inWindow(vote.sequence)) {
    return state.reject("PRE-PREPARE", from, "outside the window");
  }
  const known = state.log.get(vote.sequence);
  if (known?.accepted) {
    if (known.accepted.digest !== vote.digest) onSecondPrePrepare(state, known, { envelope, from });
    return;
  }
  // Not the primary's fault where this replica is slow. STATUS asks for it again.
  if (!hasRoom(state, vote.sequence)) return state.reject("PRE-PREPARE", from, "too much waits");
  if (!state.scheme.verify(envelope)) return state.reject("PRE-PREPARE", from, "signature");
  const batch = bodyOf(state, envelope.attachment, vote.digest);
  if (typeof batch === "string") return state.reject("PRE-PREPARE", sender, batch);
  if (!batch.requests.every((request) => isAuthentic(state, request))) {
    return state.reject("PRE-PREPARE", sender, "unauthentic request");
  }
  accept(state, vote, { frame: state.signatures.proofIn(envelope), batch, as: "backup" });
  sendPrepare(state, state.log.at(vote.sequence));
}

/**
 * The next number always has room, so that execution, which makes room, never waits for it. An
 * honest primary is `pipeline` batches ahead of itself, and a slow backup some more (1.14).
 */
function hasRoom(state: ReplicaState, sequence: number): boolean {
  const batches = state.cluster.pipeline + WAITING_BATCHES_MAX;
  if (sequence === state.lastExec + 1) return true;
  return state.log.waitingBytes(state.lastExec) < batches * BATCH_BYTES_MAX;
}

/** Evidence against the primary, verified and told once per (v,n) however many it signs (1.6). */
function onSecondPrePrepare(
  state: ReplicaState,
  slot: Slot,
  { envelope, from }: { envelope: Envelope; from: NodeId },
): void {
  if (slot.equivocated) return;
  if (!state.scheme.verify(envelope)) return state.reject("PRE-PREPARE", from, "signature");
  slot.equivocated = true;
  const { view: v } = state;
  const { sequence: n } = slot;
  state.audit({ e: "evidence", against: envelope.sender, what: "two PRE-PREPAREs", v, n });
}

/** @returns the batch that `digest` names, within the limits, or what is wrong with the bytes */
function bodyOf(state: ReplicaState, bytes: Uint8Array, digest: string): Batch | string {
  if (bytes.length > BATCH_BYTES_MAX) return "batch too large";
  const batch = decodeBatch(state.scheme, bytes);
  if (batch?.digest !== digest) return "digest";
  return batch.requests.length > state.cluster.batchMax ? "too many requests" : batch;
}

/** A backup votes for what it accepted, once it has the body (1.6, 1.9). The primary sends none. */
export function sendPrepare(state: ReplicaState, slot: Slot): void {
  const { accepted } = slot;
  assert(accepted !== null && accepted.view === state.view, "PREPARE follows an acceptance");
  assert(state.active, "nothing is prepared while changing view");
  if (!slot.bodies.has(accepted.digest)) {
    return requestBody(state, slot, accepted.digest);
  }
  slot.touchedAt = state.now;
  if (!state.isPrimary && !slot.prepares.has(state.id)) {
    const { view, digest } = accepted;
    const frame = ownVote(state, PREPARE, { view, sequence: slot.sequence, digest });
    slot.prepares.set(state.id, { view, digest, frame });
    state.effects.broadcast(frame);
  }
  tryPrepared(state, slot);
}

export function ownVote(state: ReplicaState, type: number, vote: Vote): ProofFrame {
  return state.signatures.seal({ type, payload: encodeVote(vote) }, "all");
}

export function onPrepare(state: ReplicaState, envelope: Envelope, from: NodeId): void {
  const { sender } = envelope;
  const vote = decodeVote(envelope.payload);
  if (!vote) return state.reject("PREPARE", from, "malformed");
  if (!state.active || vote.view !== state.view) return;
  if (sender === state.primary()) return state.reject("PREPARE", from, "from the primary");
  if (!state.inWindow(vote.sequence)) return;
  const known = state.log.get(vote.sequence);
  // One per sender, the first wins; more than a certificate needs is not worth a verification.
  if (known?.certificate?.view === vote.view || known?.prepares.has(sender)) return;
  if (!state.scheme.verify(envelope)) return state.reject("PREPARE", from, "signature");
  const slot = state.log.at(vote.sequence);
  slot.prepares.set(sender, voteOf(state, vote, envelope));
  tryPrepared(state, slot);
}

function voteOf(state: ReplicaState, { view, digest }: Vote, envelope: Envelope): SignedVote {
  return { view, digest, frame: state.signatures.proofIn(envelope) };
}

/** `prepared(v,n,d,i)`: body, pre-prepare, and Q-1 matching PREPAREs from different backups. */
export function tryPrepared(state: ReplicaState, slot: Slot): void {
  const { accepted } = slot;
  if (!accepted || !state.active || !slot.bodies.has(accepted.digest)) return;
  if (slot.certificate?.view === accepted.view) return;
  const matching = [...slot.prepares].filter(([, vote]) => vote.digest === accepted.digest);
  if (matching.length < state.quorum - 1) return;
  const prepares = matching
    .slice(0, state.quorum - 1)
    .map(([replica, { frame }]) => [replica, frame] as const);
  const { view, digest, frame: prePrepare } = accepted;
  slot.certificate = { view, digest, prePrepare, prepares };
  slot.touchedAt = state.now;
  const by = [state.primary(), ...prepares.map(([replica]) => replica)];
  state.persist(preparedRecord(slot.certificate));
  state.audit({ e: "prepared", v: view, n: slot.sequence, d: digest, by });
  const frame = ownVote(state, COMMIT, { view, sequence: slot.sequence, digest });
  slot.commits.add(state.id, { view, digest, frame });
  state.effects.broadcast(frame);
  tryDecide(state, slot, { view, digest });
}

/** COMMITs of any view count, for the learning rule (1.6), also while changing view. */
export function onCommit(state: ReplicaState, envelope: Envelope, from: NodeId): void {
  const { sender } = envelope;
  const vote = decodeVote(envelope.payload);
  if (!vote) return state.reject("COMMIT", from, "malformed");
  const { sequence } = vote;
  // Below the floor the log is discarded: state is fetched, not decisions.
  if (sequence <= Math.min(state.low, logFloor(state)) || sequence > state.high) return;
  const known = state.log.get(sequence);
  if (known?.decided || known?.commits.of(sender, vote.view, vote.digest)) return;
  // A good replica commits one digest in a view. More of them, or of other views, are of use to the
  // learning rule only and have no end: so many per channel, STATUS repeats what matters.
  const expected = vote.view === state.view && !known?.commits.hasVoted(sender, vote.view);
  if (!expected && !state.allowances.learning.take(from, state.now)) {
    return state.reject("COMMIT", from, "rate");
  }
  if (!state.scheme.verify(envelope)) return state.reject("COMMIT", from, "signature");
  const slot = state.log.at(sequence);
  slot.commits.add(sender, voteOf(state, vote, envelope));
  tryDecide(state, slot, vote);
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
  const commits = matching
    .slice(0, state.quorum)
    .map(([replica, { frame }]) => [replica, frame] as const);
  slot.decided = { view, digest, commits };
  const by = commits.map(([replica]) => replica);
  const own = slot.certificate?.view === view && slot.certificate.digest === digest;
  const e = own ? "committed" : "decided";
  state.audit({ e, v: view, n: slot.sequence, d: digest, by });
}

/** A body that was asked for: it proves itself by its digest, whoever sends it. */
export function onBody(state: ReplicaState, envelope: Envelope): void {
  const name = decodeCheckpoint(envelope.payload);
  if (!name) return state.reject("BODY", envelope.sender, "malformed");
  const slot = state.log.get(name.sequence);
  const { accepted, decided } = slot ?? {};
  if (!slot || slot.bodies.has(name.digest)) return;
  if (accepted?.digest !== name.digest && decided?.digest !== name.digest) return;
  if (!hasRoom(state, slot.sequence))
    return state.reject("BODY", envelope.sender, "too much waits");
  const batch = bodyOf(state, envelope.attachment, name.digest);
  if (typeof batch === "string") return state.reject("BODY", envelope.sender, batch);
  slot.bodies.set(batch.digest, batch);
  if (accepted?.digest !== name.digest || !state.active) return;
  // PREPARE promises the body: it must be as durable as the acceptance (7.1).
  state.persist(bodyRecord(slot.sequence, batch.digest, batch.bytes));
  sendPrepare(state, slot);
}
