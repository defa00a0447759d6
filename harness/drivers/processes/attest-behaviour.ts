/** Did a replica really lie? It is asked as long as the fault lasts: a liar needs an occasion. */
import type { Attestation } from "../conductor.ts";
import { changedNothing, type Lie, LieCount, type LieStatus } from "../lies.ts";
import { type Ground, observe } from "./ground.ts";
import { proven } from "./link-evidence.ts";

export interface BehaviourQuestion extends Lie {
  readonly entry: string;
  readonly sinceNs: bigint;
  /** Aborted when the fault is about to be healed. */
  readonly signal: AbortSignal;
  readonly durationMs: number;
}

export async function attestBehaviour(
  { entry, replica, behaviour, sinceNs, signal, durationMs }: BehaviourQuestion,
  ground: Ground,
): Promise<Attestation> {
  const lie = { replica, behaviour };
  let count = new LieCount(lie, lastStatus(replica, ground));
  let shared = false;
  const decide = (): Attestation | null => {
    if (signal.aborted) return null;
    shared = ground.isLieShared(entry, lie);
    if (shared) {
      count = new LieCount(lie, lastStatus(replica, ground));
      return null;
    }
    for (const { answer } of ground.sightings.since(replica, sinceNs)) {
      if (answer) count.see({ boot: answer.boot, counters: answer.status.counters });
    }
    return count.proof;
  };
  const observation = { endpoints: [replica], deadlineMs: durationMs + 1_000, signal, decide };
  const seen = await observe(ground.sightings, observation);
  if (seen) return seen;
  if (shared) {
    const what = `${replica}: another fault has it do ${behaviour} as well`;
    return { outcome: "indeterminate", evidence: [what] };
  }
  const state = ground.processState(replica);
  if (state !== "running") {
    return { outcome: "indeterminate", evidence: [`${replica}: ${behaviour}: it is ${state}`] };
  }
  return changedNothing(lie);
}

export function attestHonestAgain({ replica, behaviour }: Lie, ground: Ground): Attestation {
  const acts = lastStatus(replica, ground)?.counters[`byzantine.${behaviour}`];
  const total = acts === undefined ? "" : ` after ${acts} frames in all`;
  return proven(`${replica}: ${behaviour} was switched off${total}`);
}

/** Null before its first answer. */
function lastStatus(replica: string, ground: Ground): LieStatus | null {
  const answer = ground.sightings.since(replica, 0n).at(-1)?.answer;
  return answer ? { boot: answer.boot, counters: answer.status.counters } : null;
}
