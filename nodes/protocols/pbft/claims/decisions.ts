/** Who states what to be decided (protocols §20.7). */
import type { NodeId } from "../../contract/core.ts";
import type { Decided, Slot } from "../log.ts";
import type { CheckpointVote } from "../messages.ts";

/** An honest replica states one; what a liar adds pushes out its own older lies only. */
const DIGESTS_PER_REPLICA_MAX = 4;

export class Decisions {
  /** By number and replica, oldest first. */
  readonly #stated = new Map<number, Map<NodeId, readonly string[]>>();
  readonly #told = new WeakSet<Decided>();

  has(replica: NodeId, { sequence, digest }: CheckpointVote): boolean {
    return this.#stated.get(sequence)?.get(replica)?.includes(digest) ?? false;
  }

  /** @returns who states the same */
  add(replica: NodeId, { sequence, digest }: CheckpointVote): readonly NodeId[] {
    const byReplica = this.#stated.get(sequence) ?? new Map<NodeId, readonly string[]>();
    const digests = byReplica.get(replica) ?? [];
    byReplica.set(replica, [...digests, digest].slice(-DIGESTS_PER_REPLICA_MAX));
    this.#stated.set(sequence, byReplica);
    return [...byReplica].filter(([, known]) => known.includes(digest)).map(([who]) => who);
  }

  believe(decided: Decided): void {
    this.#told.add(decided);
  }

  isHearsay(decided: Decided): boolean {
    return this.#told.has(decided);
  }

  /**
   * A state up to there was installed: what this replica was told of those numbers it will not
   * execute any more, so it never states it itself.
   */
  forgetTold(slots: Iterable<Slot>, sequence: number): void {
    for (const slot of slots) {
      if (slot.sequence > sequence || !slot.decided) continue;
      if (this.isHearsay(slot.decided)) slot.decided = null;
    }
  }

  forgetUpTo(sequence: number): void {
    for (const number of this.#stated.keys()) if (number <= sequence) this.#stated.delete(number);
  }
}
