/**
 * What is ordered where a base rests on the word of W replicas, of which one may be good
 * (protocols §20.6): so it bounds one view from below, and makes nothing stable.
 */
import type { StableCheckpoint } from "../checkpoint-store.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Marks } from "../variant.ts";
import { higher, highestInstallable } from "./installable.ts";

const GENESIS: StableCheckpoint = { sequence: 0, digest: "", by: [] };

export class ClaimedMarks implements Marks {
  readonly #state: ReplicaState;
  /** `b`: the base of the view that this replica is in, or left last; it is of no other. */
  #base: StableCheckpoint = GENESIS;
  /** `g`: the highest number known to be the end of what was decided. It only grows. */
  #reached = 0;
  #selected = { first: 1, last: 0 };

  constructor(state: ReplicaState) {
    this.#state = state;
  }

  get stable(): number {
    return this.#state.checkpoints.stable.sequence;
  }

  get floor(): number {
    return Math.max(this.stable, this.#base.sequence);
  }

  get reached(): number {
    return Math.max(this.stable, this.#reached);
  }

  get top(): number {
    return this.reached + this.#state.cluster.window;
  }

  isSelected(sequence: number): boolean {
    return sequence >= this.#selected.first && sequence <= this.#selected.last;
  }

  /** A base was entered, or a state installed: neither is a floor beyond this view. */
  reach(sequence: number): void {
    this.#reached = Math.max(this.#reached, sequence);
  }

  /**
   * @param base with those who claim to have its state
   * @param chosen how many numbers above it are in X
   */
  enter(base: StableCheckpoint, chosen: number): void {
    this.#base = base;
    this.#selected = { first: base.sequence + 1, last: base.sequence + chosen };
    this.reach(base.sequence);
  }

  get target(): StableCheckpoint {
    return higher(highestInstallable(this.#state), this.#base);
  }
}
