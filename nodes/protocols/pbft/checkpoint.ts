/** Checkpoints, watermarks, garbage collection (PBFT §4.3; protocols §7). */
import { assert } from "../assert.ts";
import type { AuditEvent } from "../contract/audit.ts";
import type { PageNode } from "../state/page.ts";
import type { CountedCheckpoint, StableCheckpoint, WrongState } from "./checkpoint-store.ts";
import { compactLog, isLogWorthCompacting } from "./log-compaction.ts";
import { CHECKPOINT, type CheckpointVote, decodeCheckpoint, encodeCheckpoint } from "./messages.ts";
import { snapshotRecords, wrongStateRecord } from "./records.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";
import type { Route } from "./route.ts";

/**
 * The log above the state that is being fetched is kept for so many windows below the newest stable
 * checkpoint: while it reaches, the target stays, and what is installed goes on from the log.
 */
const LOG_WINDOWS = 4;

/** After executing a multiple of K: snapshot, persist, tell the others. */
export function takeCheckpoint(state: ReplicaState): void {
  const sequence = state.lastExec;
  assert(sequence % state.cluster.checkpointInterval === 0, `${sequence} is no multiple of K`);
  const root = state.content.checkpoint();
  const { stable } = state.checkpoints;
  // Known before it is told to anybody.
  if (sequence === stable.sequence && root.digest !== stable.digest) {
    return findCorrupt(state, root.digest);
  }
  recordOwnCheckpoint(state, { sequence, root });
  state.counters.checkpoints += 1;
  const own = state.checkpoints.own.get(sequence);
  assert(own !== undefined, "the checkpoint just taken is kept");
  // Also while the log is replayed: its tail may have lost the snapshot, and STATUS repeats the
  // vote.
  const covered = state.variant.evidence.covered?.(sequence) ?? [];
  state.persistAll([...covered, ...snapshotRecords(state, own)]);
  state.audit(checkpointLine(own));
  if (!state.replaying) state.effects.broadcast(state.scheme.seal(own.content, "all"));
  if (sequence === stable.sequence) adoptOwnAsStable(state, stable);
  else tryStable(state, own);
}

/** Keeps a checkpoint of this replica and votes for it; nothing is written, told or sent. */
export function recordOwnCheckpoint(
  state: ReplicaState,
  { sequence, root }: { sequence: number; root: PageNode },
): void {
  const { digest } = root;
  const content = { type: CHECKPOINT, payload: encodeCheckpoint({ sequence, digest }) };
  state.checkpoints.own.set(sequence, { sequence, digest, root, content });
  const { id } = state;
  state.checkpoints.vote({ sequence, digest }, { replica: id, own: content }, id);
  assert(sequence === state.lastExec || state.replaying, "a checkpoint is of what is executed");
}

/** It tells what is on the disk: behind the write of the snapshot, before the vote. */
export function checkpointLine({ sequence, digest }: CheckpointVote): AuditEvent {
  return { e: "checkpoint", n: sequence, d: digest };
}

/** Also who only passes one on pays for what it brings. */
export function checkpointRoute(state: ReplicaState): Route<CheckpointVote> {
  return {
    name: "CHECKPOINT",
    firstHand: false,
    decode: ({ payload }) => decodeCheckpoint(payload) ?? "malformed",
    check(vote, { sender, from }) {
      if (vote.sequence <= state.marks.stable) return "no";
      if (vote.sequence % state.cluster.checkpointInterval !== 0) {
        return { refused: "not a multiple of K" };
      }
      const known = state.checkpoints.of(sender, vote);
      // One that could not be shown to others may come back with what shows it.
      if (known && state.variant.evidence.isShown(known)) return "no";
      // There is no end to the numbers a liar may sign; an honest peer brings a proof and its own.
      return state.allowances.checkpoints.take(from, state.now) ? "yes" : { refused: "rate" };
    },
    take(vote, arrival) {
      const { sender, from } = arrival;
      const counted = state.checkpoints.of(sender, vote) ?? { replica: sender, own: null };
      state.checkpoints.vote(vote, counted, from);
      state.variant.evidence.heard(counted, arrival);
      tryStable(state, vote);
      return "yes";
    },
  };
}

/** Also when another vote for it can be shown. */
export function tryStable(state: ReplicaState, vote: CheckpointVote): void {
  const { evidence } = state.variant;
  const supporters = state.checkpoints.supporters(vote).filter((each) => evidence.isShown(each));
  if (supporters.length < state.quorum) return;
  makeStable(state, vote, supporters.slice(0, state.quorum));
}

/** @param votes of Q replicas for it; one that is not above the stable mark changes nothing */
export function makeStable(
  state: ReplicaState,
  { sequence, digest }: CheckpointVote,
  votes: readonly CountedCheckpoint[],
): void {
  if (sequence <= state.marks.stable) return;
  const by = votes.map(({ replica }) => replica);
  const stable = { sequence, digest, by };
  state.audit({ e: "stable", n: sequence, d: digest, by });
  state.checkpoints.advance(stable);
  state.variant.evidence.stable(stable, votes);
  assert(state.marks.stable === sequence, "the stable mark is the stable checkpoint");
  if (state.sequence < sequence) state.sequence = sequence;
  if (state.lastExec >= sequence) return adoptOwnAsStable(state, stable);
  // It counts at once, the log for (lastExec, n] is kept until it is executed or the state is
  // installed (protocols §7.3). A little patience first: what is missing may be on its way.
  state.log.discardUpTo(Math.min(sequence, logFloor(state)));
  if (!state.replaying) state.persist(state.variant.evidence.stableRecord());
  awaitMissingState(state);
}

/** How far back the log is still of use while state is missing. */
export function logFloor(state: ReplicaState): number {
  const oldest = state.marks.stable - LOG_WINDOWS * state.cluster.window;
  return Math.max(state.lastExec, state.transfer?.sequence ?? 0, oldest);
}

function adoptOwnAsStable(state: ReplicaState, stable: StableCheckpoint): void {
  assert(state.lastExec >= stable.sequence, "the own state has reached the stable checkpoint");
  const own = state.checkpoints.own.get(stable.sequence);
  if (own && own.digest !== stable.digest) {
    // Durable at once: who starts again on that state has to find it, too.
    if (!state.replaying) state.persist(state.variant.evidence.stableRecord());
    return findCorrupt(state, own.digest);
  }
  state.log.discardUpTo(stable.sequence);
  if (state.replaying) return;
  if (isLogWorthCompacting(state)) compactLog(state);
  else state.persist(state.variant.evidence.stableRecord());
}

/**
 * The own state is not the one that Q replicas vouch for. Written down as such: a newer stable mark
 * takes the place of the one that shows it, and is compared with nothing that is on the disk.
 * @param own what this replica has at the stable mark
 */
export function findCorrupt(state: ReplicaState, own: string): void {
  const { sequence, digest: stable } = state.checkpoints.stable;
  const wrong = { sequence, own, stable };
  state.persist(wrongStateRecord(wrong));
  distrustOwnState(state, wrong);
}

/**
 * Nothing is executed on a wrong state, and nothing of it told, until that of the others is
 * installed (protocols §7.5).
 */
export function distrustOwnState(state: ReplicaState, wrong: WrongState): void {
  const { checkpoints } = state;
  const { sequence, own, stable } = wrong;
  assert(own !== stable, "a state that is vouched for is not corrupt");
  state.corrupt = wrong;
  state.audit({ e: "corrupt", n: sequence, own, stable });
  // Those above it were computed from it.
  for (const taken of checkpoints.own.keys()) {
    if (taken >= sequence) checkpoints.own.delete(taken);
  }
  awaitMissingState(state);
}

/** Arms the transfer timer once: armed again and again it would never expire. */
export function awaitMissingState(state: ReplicaState): void {
  if (state.transfer || state.transferTimerRuns) return;
  state.transferTimerRuns = true;
  state.effects.setTimer(TIMERS.transfer, state.cluster.timers.statusMs);
}
