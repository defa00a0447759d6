/** Whether a cluster has one view to work in (reference 6.4, L-3): one rule for every world. */

/** Where a replica stands, by its own account. */
export interface Standing {
  readonly view: number;
  /** False while it changes its view. */
  readonly active: boolean;
}

export interface ViewMembers {
  readonly replicas: number;
  readonly faultsMax: number;
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
  { replicas, faultsMax, lying }: ViewMembers,
): number | null {
  const quorum = Math.ceil((replicas + faultsMax + 1) / 2);
  const needed = Math.min(quorum - lying, standings.length - faultsMax);
  const views = standings.flatMap(({ view, active }) => (active ? [view] : []));
  const members = (view: number): number => views.filter((other) => other === view).length;
  return views.find((view) => members(view) >= needed) ?? null;
}
