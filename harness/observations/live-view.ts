/** Whether a cluster has one view to work in (harness §6.3): one rule for every world. */

import { type Membership, quorumOf } from "../plan/tolerance.ts";

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
  { lying, ...members }: ViewMembers,
): number | null {
  const needed = Math.min(quorumOf(members) - lying, standings.length - members.tolerates.crashed);
  const views = standings.flatMap(({ view, active }) => (active ? [view] : []));
  const activeIn = (view: number): number => views.filter((other) => other === view).length;
  return views.find((view) => activeIn(view) >= needed) ?? null;
}
