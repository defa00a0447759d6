/** Did a replica really lie? From its own count, as the harness sees it. */
import type { Attestation } from "../attestation.ts";
import { honestAgain, type Lie, type LieStatus, LieWatch } from "../lies.ts";
import { type Ground, observe } from "./ground.ts";
import type { Sighting } from "./sightings.ts";

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
  const watch = new LieWatch(lie, lastStatus(replica, 0n, ground));
  const decide = (): Attestation | null => {
    if (signal.aborted) return null;
    const shared = ground.isLieShared(entry, lie);
    return watch.look({ status: lastStatus(replica, shared ? 0n : sinceNs, ground), shared });
  };
  const observation = { endpoints: [replica], deadlineMs: durationMs + 1_000, signal, decide };
  const seen = await observe(ground.sightings, observation);
  return seen ?? watch.doubt(ground.processState(replica));
}

export function attestHonestAgain(lie: Lie, ground: Ground): Attestation {
  return honestAgain(lie, lastStatus(lie.replica, 0n, ground));
}

/** Null before its first answer to a question from then on. */
function lastStatus(replica: string, sinceNs: bigint, ground: Ground): LieStatus | null {
  const last: Sighting | undefined = ground.sightings.since(replica, sinceNs).at(-1);
  if (last?.acts) return { boot: 0, counters: last.acts };
  return last?.answer ? { boot: last.answer.boot, counters: last.answer.status.counters } : null;
}
