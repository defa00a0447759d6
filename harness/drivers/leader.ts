/**
 * Who leads: what `primary` and `backup#k` resolve to at injection, what the progress line shows.
 * One rule for every world, over what the replicas say of themselves.
 */
import type { Endpoint } from "../../faults/fault.ts";
import { nodeName } from "../../nodes/protocols/contract/core.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import type { Standing } from "../observations/live-view.ts";

export interface PrevailingView {
  readonly view: number;
  /** How many replicas are active in it. */
  readonly replicas: number;
}

/**
 * The view that most active replicas are in, the higher one of two; where none is active, the
 * newest that anybody has heard of.
 * @param standings of those that answer
 */
export function prevailingView(standings: readonly Standing[]): PrevailingView {
  const votes = new Map<number, number>();
  for (const { view, active } of standings) {
    if (active) votes.set(view, (votes.get(view) ?? 0) + 1);
  }
  const [best] = [...votes].toSorted(([viewA, a], [viewB, b]) => b - a || viewB - viewA);
  return best ? { view: best[0], replicas: best[1] } : { view: newestView(standings), replicas: 0 };
}

/**
 * Whose leader is about to take over, if it has not: exploration strikes that one, because a view
 * change that is hit on its way is what it looks for.
 */
export function newestView(standings: readonly Standing[]): number {
  return Math.max(0, ...standings.map(({ view }) => view));
}

/**
 * The view that `next-primary` leads.
 * @param heard the view of the event that has set the fault off, if it was about one
 */
export function askedView(standings: readonly Standing[], heard: number | null): number {
  return Math.max(newestView(standings), heard ?? 0);
}

/** Null where nobody leads. */
export function leaderOf(
  view: number,
  { protocol, replicas }: { readonly protocol: Protocol; readonly replicas: number },
): Endpoint | null {
  const leader = protocol.leaderOf(view, replicas);
  return leader === null ? null : nodeName(leader);
}
