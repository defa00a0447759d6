/**
 * Checkpoints: the stable one with its proof, own snapshots, and the votes of all (reference 1.7).
 */
import type { CheckpointVote } from "./messages.ts";

export interface OwnCheckpoint extends CheckpointVote {
  readonly snapshot: Uint8Array;
  /** Own CHECKPOINT message. */
  readonly frame: Uint8Array;
}

export interface StableCheckpoint extends CheckpointVote {
  /** Q signed CHECKPOINTs; empty at genesis. */
  readonly proof: readonly Uint8Array[];
}

/** Votes kept per replica: more than a window of checkpoints is never useful. */
const VOTES_PER_REPLICA_MAX = 16;

export class CheckpointStore {
  stable: StableCheckpoint = { sequence: 0, digest: "0".repeat(64), proof: [] };
  /** At and above the stable one, by sequence. */
  readonly own = new Map<number, OwnCheckpoint>();
  readonly #votes = new Map<number, Map<number, { digest: string; frame: Uint8Array }>>();

  /** @returns true if it is new: the first of this replica for this number counts */
  vote(replica: number, { sequence, digest }: CheckpointVote, frame: Uint8Array): boolean {
    let votes = this.#votes.get(replica);
    if (!votes) {
      votes = new Map();
      this.#votes.set(replica, votes);
    }
    if (votes.has(sequence)) return false;
    votes.set(sequence, { digest, frame });
    if (votes.size > VOTES_PER_REPLICA_MAX) votes.delete(Math.min(...votes.keys()));
    return true;
  }

  has(replica: number, sequence: number): boolean {
    return this.#votes.get(replica)?.has(sequence) ?? false;
  }

  /** Matching votes of distinct replicas for one checkpoint. */
  supporters({ sequence, digest }: CheckpointVote): { replica: number; frame: Uint8Array }[] {
    const found: { replica: number; frame: Uint8Array }[] = [];
    for (const [replica, votes] of this.#votes) {
      const vote = votes.get(sequence);
      if (vote?.digest === digest) found.push({ replica, frame: vote.frame });
    }
    return found;
  }

  /** Raises the stable mark and forgets what lies below it. */
  advance(stable: StableCheckpoint): void {
    this.stable = stable;
    for (const sequence of this.own.keys()) {
      if (sequence < stable.sequence) this.own.delete(sequence);
    }
    for (const votes of this.#votes.values()) {
      for (const sequence of votes.keys()) {
        if (sequence <= stable.sequence) votes.delete(sequence);
      }
    }
  }
}
