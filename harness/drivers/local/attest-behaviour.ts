/**
 * Did a replica really lie? Its second executable counts every frame that left otherwise than the
 * honest core sent it.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import type { Attestation } from "../conduct.ts";
import { type Ground, observe } from "./ground.ts";
import { proven } from "./link-evidence.ts";

export interface BehaviourQuestion {
  readonly replica: Endpoint;
  readonly behaviour: string;
  readonly sinceNs: bigint;
  /** Aborted when the fault is about to be healed. */
  readonly signal: AbortSignal;
  readonly durationMs: number;
}

/** Waits as long as the fault lasts: a liar needs an occasion. */
export async function attestBehaviour(
  { replica, behaviour, sinceNs, signal, durationMs }: BehaviourQuestion,
  ground: Ground,
): Promise<Attestation> {
  const before = actsOf(ground, { replica, behaviour }) ?? 0;
  const decide = (): Attestation | null => {
    if (ground.sightings.since(replica, sinceNs).length === 0) return null;
    const acts = actsOf(ground, { replica, behaviour }) ?? 0;
    if (acts <= before) return null;
    return proven(`${replica}: ${behaviour}: ${acts - before} frames left otherwise than honest`);
  };
  const observation = { endpoints: [replica], deadlineMs: durationMs + 1_000, signal, decide };
  const seen = await observe(ground.sightings, observation);
  if (seen) return seen;
  const state = ground.processState(replica);
  if (state !== "running") {
    return { outcome: "indeterminate", evidence: [`${replica}: ${behaviour}: it is ${state}`] };
  }
  return {
    outcome: "ineffective",
    evidence: [`${replica}: ${behaviour} was switched on, and found no occasion`],
  };
}

export function attestHonestAgain(
  { replica, behaviour }: Pick<BehaviourQuestion, "replica" | "behaviour">,
  ground: Ground,
): Attestation {
  const acts = actsOf(ground, { replica, behaviour });
  const total = acts === null ? "" : ` after ${acts} frames in all`;
  return proven(`${replica}: ${behaviour} was switched off${total}`);
}

/** Since the start of the process; null before its first answer. */
function actsOf(
  ground: Ground,
  { replica, behaviour }: Pick<BehaviourQuestion, "replica" | "behaviour">,
): number | null {
  const seen = ground.sightings.since(replica, 0n).at(-1);
  return seen ? (seen.answer?.status.counters[`byzantine.${behaviour}`] ?? 0) : null;
}
