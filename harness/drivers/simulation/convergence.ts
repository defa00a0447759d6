import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import { liveView, type Standing } from "../../observations/live-view.ts";
import type { Membership } from "../../plan/tolerance.ts";
import type { SimulatedReplica } from "./replica.ts";

export interface Converged {
  /** The live view: a quorum is active in it. */
  readonly view: number;
  readonly lastExec: number;
  readonly digests: Readonly<Record<string, string>>;
}

/** What convergence is judged by. */
type Observable = Pick<SimulatedReplica, "id" | "state" | "status" | "stateDigest">;

/** Of whom nothing is asked. */
export interface Excused {
  /** Byzantine. */
  readonly lying?: readonly number[];
  /** Honest and down. */
  readonly absent?: readonly number[];
}

/**
 * All replicas have equal state (reference 6.3) and one view to work in (`liveView`); null if not.
 */
export function convergence(
  replicas: readonly Observable[],
  cluster: Membership,
  { lying = [], absent = [] }: Excused = {},
): Converged | null {
  const good = replicas.filter(({ id }) => !lying.includes(id) && !absent.includes(id));
  const standings: Standing[] = [];
  const executed = new Set<number>();
  for (const replica of good) {
    const status = replica.state === "running" ? replica.status() : null;
    if (status === null) return null;
    standings.push(status);
    executed.add(status.lastExec);
  }
  const [lastExec] = executed;
  const view = liveView(standings, { ...cluster, lying: lying.length });
  if (view === null || lastExec === undefined || executed.size > 1) return null;
  // Digests are costly: only once everything else agrees.
  const digests: Record<string, string> = {};
  for (const replica of good) digests[nodeName(replica.id)] = replica.stateDigest() ?? "";
  return new Set(Object.values(digests)).size === 1 ? { view, lastExec, digests } : null;
}
