/** Checkpoints, watermarks, garbage collection (PBFT §4.3; reference 1.7). */
import { assert } from "../assert.ts";
import type { PageNode } from "../state/page.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { StableCheckpoint } from "./checkpoint-store.ts";
import { compactLog, isLogWorthCompacting } from "./log-compaction.ts";
import { CHECKPOINT, decodeCheckpoint, encodeCheckpoint } from "./messages.ts";
import { snapshotRecords, stableRecord } from "./records.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

/**
 * The log above the state that is being fetched is kept for so many windows below the newest stable
 * checkpoint: while it reaches, the target stays, and what is installed goes on from the log.
 */
const LOG_WINDOWS = 4;

/** After executing a multiple of K: snapshot, persist, tell the others. */
export function takeCheckpoint(state: ReplicaState): void {
  const sequence = state.lastExec;
  recordOwnCheckpoint(state, { sequence, root: state.content.checkpoint() });
  state.counters.checkpoints += 1;
  const own = state.checkpoints.own.get(sequence);
  assert(own !== undefined, "the checkpoint just taken is kept");
  // Also while the log is replayed: its tail may have lost the snapshot, and STATUS repeats the
  // vote.
  state.persistAll(snapshotRecords(state, own));
  if (!state.replaying) state.effects.broadcast(own.frame);
  const { stable } = state.checkpoints;
  if (sequence === stable.sequence) adoptOwnAsStable(state, stable);
  else tryStable(state, own);
}

/** Keeps a checkpoint of this replica and votes for it; nothing is written or sent. */
export function recordOwnCheckpoint(
  state: ReplicaState,
  { sequence, root }: { sequence: number; root: PageNode },
): void {
  const { digest } = root;
  const frame = state.signatures.seal(
    { type: CHECKPOINT, payload: encodeCheckpoint({ sequence, digest }) },
    "all",
  );
  state.checkpoints.own.set(sequence, { sequence, digest, root, frame });
  const { id } = state;
  state.checkpoints.vote({ sequence, digest }, { replica: id, channel: id, frame });
  state.audit({ e: "checkpoint", n: sequence, d: digest });
}

/** @param channel the peer that brought it: also who only passes on pays for what it brings */
export function onCheckpoint(state: ReplicaState, envelope: Envelope, channel: number): void {
  const vote = decodeCheckpoint(envelope.payload);
  if (!vote) return state.reject("CHECKPOINT", channel, "malformed");
  if (vote.sequence <= state.low) return;
  if (vote.sequence % state.cluster.checkpointInterval !== 0) {
    return state.reject("CHECKPOINT", channel, "not a multiple of K");
  }
  if (state.checkpoints.has(envelope.sender, vote)) return;
  // There is no end to the numbers a liar may sign; an honest peer brings a proof and its own.
  if (!state.allowances.checkpoints.take(channel, state.now)) {
    return state.reject("CHECKPOINT", channel, "rate");
  }
  if (!state.scheme.verify(envelope)) {
    return state.reject("CHECKPOINT", channel, "signature");
  }
  const frame = state.signatures.proofIn(envelope);
  state.checkpoints.vote(vote, { replica: envelope.sender, channel, frame });
  tryStable(state, vote);
}

function tryStable(state: ReplicaState, vote: { sequence: number; digest: string }): void {
  const supporters = state.checkpoints.supporters(vote);
  if (supporters.length < state.quorum) return;
  const proof = supporters.slice(0, state.quorum);
  makeStable(state, { sequence: vote.sequence, digest: vote.digest, proof });
}

/** @param stable proved by Q signed CHECKPOINTs; one that is not above `h` changes nothing */
export function makeStable(state: ReplicaState, stable: StableCheckpoint): void {
  if (stable.sequence <= state.low) return;
  state.audit({
    e: "stable",
    n: stable.sequence,
    d: stable.digest,
    by: stable.proof.map((frame) => state.scheme.open(frame)?.sender ?? -1),
  });
  state.checkpoints.advance(stable);
  if (state.sequence < stable.sequence) state.sequence = stable.sequence;
  if (state.lastExec >= stable.sequence) return adoptOwnAsStable(state, stable);
  // The proof counts at once, the log for (lastExec, n] is kept until it is executed or the state
  // is installed (1.7). A little patience first: what is missing may be on its way.
  state.log.discardUpTo(logFloor(state));
  if (!state.replaying) state.persist(stableRecord(stable));
  awaitMissingState(state);
}

/** How far back the log is still of use while state is missing. */
export function logFloor(state: ReplicaState): number {
  const oldest = state.low - LOG_WINDOWS * state.cluster.window;
  return Math.max(state.lastExec, state.transfer?.sequence ?? 0, oldest);
}

function adoptOwnAsStable(state: ReplicaState, stable: StableCheckpoint): void {
  const own = state.checkpoints.own.get(stable.sequence);
  if (own && own.digest !== stable.digest) {
    // Own state is corrupt: stop executing and fetch the state that Q replicas vouch for (1.7).
    state.corrupt = true;
    state.audit({ e: "corrupt", n: stable.sequence, own: own.digest, stable: stable.digest });
    awaitMissingState(state);
    return;
  }
  state.log.discardUpTo(stable.sequence);
  if (state.replaying) return;
  if (isLogWorthCompacting(state)) compactLog(state);
  else state.persist(stableRecord(stable));
}

/** Arms the transfer timer once: armed again and again it would never expire. */
export function awaitMissingState(state: ReplicaState): void {
  if (state.transfer || state.transferTimerRuns) return;
  state.transferTimerRuns = true;
  state.effects.setTimer(TIMERS.transfer, state.cluster.timers.statusMs);
}
