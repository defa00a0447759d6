/** Whose word is enough for a state to be installed (protocols §20.7). */
import type { StableCheckpoint } from "../checkpoint-store.ts";
import type { ReplicaState } from "../replica-state.ts";

/** Of all up to that number that W others vouch for the highest, and what is stable here. */
export function highestInstallable(
  { checkpoints, id, weakQuorum }: Pick<ReplicaState, "checkpoints" | "id" | "weakQuorum">,
  upTo = Number.POSITIVE_INFINITY,
): StableCheckpoint {
  const claimed = checkpoints.highestClaimed({ by: weakQuorum, besides: id, upTo });
  return claimed ? higher(checkpoints.stable, claimed) : checkpoints.stable;
}

/** Of one checkpoint all have it who are known to: those that a NEW-VIEW names may be gone. */
export function higher(one: StableCheckpoint, other: StableCheckpoint): StableCheckpoint {
  if (one.sequence !== other.sequence) return one.sequence > other.sequence ? one : other;
  if (one.digest !== other.digest) return one;
  return { ...one, by: [...new Set([...one.by, ...other.by])] };
}
