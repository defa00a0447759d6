/** Whether a cluster has one view to work in (harness §6.3): one rule for every world. */

import type { Membership } from "../plan/tolerance.ts";

/** Where a replica stands, by its own account. */
export interface Standing {
  readonly view: number;
  /** False while it changes its view. */
  readonly active: boolean;
}

export interface ViewMembers extends Membership {
  /** How many of the replicas lie. */
  readonly lying: number;
}

/**
 * The view that Q - B of the good replicas are active in; null if there is none. Up to f may be a
 * view ahead: they gave up on this one and must not go back. Where others are down meanwhile, those
 * left in it are too few to order anything, and it is the next request that makes them follow;
 * nothing else does.
 * @param standings of the good replicas that are up
 */
export function liveView(
  standings: readonly Standing[],
  { replicas, tolerates, lying }: ViewMembers,
): number | null {
  // Two quorums share a replica that does not lie: 2f+1 of 3f+1, or a majority where nobody may.
  const quorum = Math.ceil((replicas + tolerates.byzantine + 1) / 2);
  const needed = Math.min(quorum - lying, standings.length - tolerates.crashed);
  const views = standings.flatMap(({ view, active }) => (active ? [view] : []));
  const members = (view: number): number => views.filter((other) => other === view).length;
  return views.find((view) => members(view) >= needed) ?? null;
}
