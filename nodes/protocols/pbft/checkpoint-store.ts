/**
 * Checkpoints: the stable one, own snapshots, and the votes of all (protocols §7.2).
 */

import { assert } from "../assert.ts";
import type { Content } from "../authentication/scheme.ts";
import type { PageNode } from "../state/page.ts";
import type { CheckpointVote } from "./messages.ts";

export interface OwnCheckpoint extends CheckpointVote {
  /** The state at that number; its digest is the checkpoint's. */
  readonly root: PageNode;
  /** Own CHECKPOINT, sealed whenever it is sent. */
  readonly content: Content;
}

/** A vote for a checkpoint, as it is counted. */
export interface CountedCheckpoint {
  readonly replica: number;
  /** This replica's own word; null for what somebody else said. */
  readonly own: Content | null;
}

export interface StableCheckpoint extends CheckpointVote {
  /** Q replicas that voted for it; none at genesis. */
  readonly by: readonly number[];
}

/** What this replica has at a number, and what Q replicas vouch for in its place. */
export interface WrongState {
  readonly sequence: number;
  readonly own: string;
  readonly stable: string;
}

interface VotedCheckpoint extends CheckpointVote {
  readonly supporters: Map<number, CountedCheckpoint>;
}

interface ChargedVote {
  readonly sequence: number;
  readonly name: string;
  readonly replica: number;
}

/** A proof is Q votes, and an honest peer tells of few checkpoints above the stable one. */
const VOTES_PER_CHANNEL_MAX = 256;
/** Own snapshots below the stable one that are still served; they share most of their pages. */
const OLDER_MAX = 4;

export class CheckpointStore {
  stable: StableCheckpoint = { sequence: 0, digest: "0".repeat(64), by: [] };
  /** At and above the stable one, by sequence. */
  readonly own = new Map<number, OwnCheckpoint>();
  /** The own ones before the stable one, oldest first: who asks may not know of a newer one yet. */
  #older: OwnCheckpoint[] = [];
  /**
   * By checkpoint and author. Not the first digest of an author only: a liar that told this
   * replica another one first stands in the stable proof of everybody else, and refusing that vote
   * would keep the proof from us.
   */
  readonly #votes = new Map<string, VotedCheckpoint>();
  /** What each channel brought, oldest first: a flood of lies pushes out only what it brought. */
  readonly #charged = new Map<number, ChargedVote[]>();

  /** @param channel the peer that brought it, who is charged for it */
  vote(vote: CheckpointVote, counted: CountedCheckpoint, channel: number): void {
    const { replica } = counted;
    if (this.of(replica, vote)) return;
    const { sequence, digest } = vote;
    const name = nameOf(vote);
    const voted = this.#votes.get(name) ?? { sequence, digest, supporters: new Map() };
    voted.supporters.set(replica, counted);
    this.#votes.set(name, voted);
    const charged = this.#charged.get(channel) ?? [];
    this.#charged.set(channel, charged);
    charged.push({ sequence, name, replica });
    if (charged.length > VOTES_PER_CHANNEL_MAX) this.#forget(charged.shift() as ChargedVote);
  }

  of(replica: number, vote: CheckpointVote): CountedCheckpoint | undefined {
    return this.#votes.get(nameOf(vote))?.supporters.get(replica);
  }

  /** The votes of distinct replicas for one checkpoint. */
  supporters(vote: CheckpointVote): readonly CountedCheckpoint[] {
    return [...(this.#votes.get(nameOf(vote))?.supporters.values() ?? [])];
  }

  /**
   * The highest that so many replicas besides this one claim to have; null if there is none. Asked
   * at every input while state is fetched, whatever liars have claimed.
   */
  highestClaimed({
    by,
    besides,
    upTo,
  }: {
    by: number;
    besides: number;
    upTo: number;
  }): StableCheckpoint | null {
    let highest: VotedCheckpoint | null = null;
    for (const voted of this.#votes.values()) {
      const { sequence, supporters } = voted;
      if (sequence > upTo) continue;
      const others = supporters.size - (supporters.has(besides) ? 1 : 0);
      if (others >= by && sequence > (highest?.sequence ?? 0)) highest = voted;
    }
    if (!highest) return null;
    const { sequence, digest, supporters } = highest;
    return { sequence, digest, by: [...supporters.keys()].filter((id) => id !== besides) };
  }

  /** The own snapshot of that number, if it is still kept. */
  snapshot(sequence: number): OwnCheckpoint | undefined {
    return this.own.get(sequence) ?? this.#older.find((own) => own.sequence === sequence);
  }

  /** Raises the stable mark and forgets what lies below it, the last own snapshots excepted. */
  advance(stable: StableCheckpoint): void {
    assert(stable.sequence > this.stable.sequence, "the stable mark only rises");
    this.stable = stable;
    for (const [sequence, own] of this.own) {
      if (sequence >= stable.sequence) continue;
      this.#older.push(own);
      this.own.delete(sequence);
    }
    this.#older = this.#older.slice(-OLDER_MAX);
    for (const [channel, charged] of this.#charged) {
      const isOver = ({ sequence }: ChargedVote) => sequence <= stable.sequence;
      for (const vote of charged.filter(isOver)) this.#forget(vote);
      this.#charged.set(
        channel,
        charged.filter((vote) => !isOver(vote)),
      );
    }
  }

  #forget({ name, replica }: ChargedVote): void {
    const supporters = this.#votes.get(name)?.supporters;
    supporters?.delete(replica);
    if (supporters?.size === 0) this.#votes.delete(name);
  }
}

function nameOf({ sequence, digest }: CheckpointVote): string {
  return `${sequence} ${digest}`;
}
