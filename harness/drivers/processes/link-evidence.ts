/** What the two ends of a link counted since a moment: the raw material of every proof about it. */
import type { Endpoint } from "../../../faults/fault.ts";
import type { LinkEnds } from "../attestation.ts";
import type { Ground } from "./ground.ts";
import type { Peers, Sighting } from "./sightings.ts";

export interface LinkQuestion extends LinkEnds {
  /** The fault that is asked about. */
  readonly entry: string;
  /** When the change was made, monotonic ns. */
  readonly sinceNs: bigint;
  /** What the proxies said when they were read back. */
  readonly readBack: string;
  /** Aborted when the fault is about to be healed: from then on nothing more can be seen of it. */
  readonly signal: AbortSignal;
  readonly durationMs: number;
}

export type SeenCounters = Peers[string] & { readonly seen: Sighting };

/**
 * Counters of `of` about its link with `peer`, asked at or after `sinceNs`, oldest first; only of
 * the process that runs now, because a restarted one counts from 0.
 */
export function countersSince(
  ground: Ground,
  { of, peer, sinceNs }: { of: Endpoint; peer: Endpoint; sinceNs: bigint },
): readonly SeenCounters[] {
  const sightings = ground.sightings.since(of, sinceNs);
  const boot = sightings.at(-1)?.answer?.boot;
  return sightings.flatMap((seen) => {
    const counters = seen.peers?.[peer];
    return counters && seen.answer?.boot === boot ? [{ ...counters, seen }] : [];
  });
}

/**
 * The number of a beat that left after the change: what is above it was sent under the new state.
 */
export function beatSentAfter({ from, to, sinceNs }: LinkQuestion, ground: Ground): number | null {
  const [first] = countersSince(ground, { of: from, peer: to, sinceNs });
  return first?.beatSent ?? null;
}
