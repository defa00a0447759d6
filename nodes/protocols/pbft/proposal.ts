/** What the primary proposes, and when (PBFT §4.2; protocols §5.2). */
import { assert } from "../assert.ts";
import { BATCH_BYTES_MAX } from "../contract/limits.ts";
import { type Batch, makeBatch, NULL_BATCH } from "../wire/request.ts";
import { PRE_PREPARE } from "./messages.ts";
import { accept, ownVote, tryPrepared } from "./ordering.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

/**
 * Bodies stay in memory until a stable checkpoint covers them: beyond this many bytes, sixteen of
 * the largest batches, the primary hurries to the next one.
 */
const LOG_BYTES_MAX = 16 * BATCH_BYTES_MAX;

/**
 * After every step. Never within it: what else has come by the end of the tick goes into the same
 * batch, and costs its share of one agreement and not one of its own.
 */
export function scheduleProposal(state: ReplicaState): void {
  const { proposalAt, now } = state;
  if (proposalAt !== null && proposalAt <= now) return;
  if (!mayPropose(state)) return;
  const at = isDue(state) ? now : state.proposedAt + state.cluster.maxBatchDelayMs;
  if (proposalAt !== null && proposalAt <= at) return;
  state.proposalAt = at;
  state.effects.setTimer(TIMERS.proposal, Math.max(0, at - now));
}

/** The primary orders what waits, as far as pipeline and window allow. */
export function onProposalTimeout(state: ReplicaState): void {
  state.proposalAt = null;
  if (!mayPropose(state)) return;
  do {
    if (bytesUpToCheckpoint(state) >= LOG_BYTES_MAX) return proposeUpToCheckpoint(state);
    const { scheme, requests, cluster } = state;
    order(state, makeBatch(scheme, requests.takeUnproposed(cluster.batchMax)));
  } while (isBatchFull(state) && mayPropose(state));
}

function mayPropose(state: ReplicaState): boolean {
  const { active, isPrimary, requests, sequence, lastExec, marks, cluster } = state;
  if (!requests.hasUnproposed(1) || !active || !isPrimary) return false;
  // What was executed above its own numbers a later view decided: this one is over. Not asserted:
  // anybody can show the COMMITs of the later view before its NEW-VIEW comes.
  if (lastExec > sequence) return false;
  if (sequence + 1 > Math.min(marks.top, lastExec + cluster.pipeline)) return false;
  // At a multiple of K there is nothing left to hurry to: its checkpoint has to become stable.
  const isAtCheckpoint = sequence % cluster.checkpointInterval === 0;
  return !isAtCheckpoint || bytesUpToCheckpoint(state) < LOG_BYTES_MAX;
}

/**
 * Nothing is in flight, or as much waits as is: so batches double until two of them hold everybody,
 * and no clock has to know how long an agreement takes here.
 */
function isDue({ lastExec, sequence, requests, cluster }: ReplicaState): boolean {
  if (lastExec === sequence) return true;
  return requests.hasUnproposed(Math.min(cluster.batchMax, Math.max(1, requests.inFlight)));
}

function isBatchFull({ requests, cluster }: ReplicaState): boolean {
  return requests.hasUnproposed(cluster.batchMax);
}

/**
 * Of the bodies that this view orders and the next checkpoint lets everybody forget. Not of those
 * above it, nor of what older views alone ordered: a bad primary may have left so many there that
 * no view after it would ever order a request.
 */
function bytesUpToCheckpoint({ cluster, sequence, view, marks, log }: ReplicaState): number {
  const { checkpointInterval } = cluster;
  const checkpoint = Math.ceil(sequence / checkpointInterval) * checkpointInterval;
  return log.orderedBytes({ view, above: marks.floor, upTo: checkpoint });
}

/**
 * Null requests up to the next multiple of K: its checkpoint lets everybody forget the bodies, and
 * where checkpoints are taken is the same for all. Not held back by the pipeline, since they have
 * no bodies; what waits is proposed when the checkpoint is stable.
 */
function proposeUpToCheckpoint(state: ReplicaState): void {
  const { checkpointInterval } = state.cluster;
  while (state.sequence % checkpointInterval !== 0 && state.sequence < state.marks.top) {
    order(state, NULL_BATCH);
  }
}

function order(state: ReplicaState, batch: Batch): void {
  state.sequence += 1;
  state.proposedAt = state.now;
  assert(state.sequence > state.lastExec, "the primary assigns numbers not executed yet");
  const vote = { view: state.view, sequence: state.sequence, digest: batch.digest };
  const counted = ownVote(PRE_PREPARE, vote);
  accept(state, vote, { counted, batch, as: "primary" });
  state.effects.broadcast(state.scheme.seal(counted.own, "all", batch.bytes));
  tryPrepared(state, state.log.at(vote.sequence));
}
