import { nodeName } from "../../../nodes/protocols/core.ts";
import { type ClusterSize, quorumSize } from "../../../nodes/protocols/quorum.ts";
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
 * All replicas have equal state (reference 6.3) and Q - B of them are active in one view (L-3);
 * null if not. Up to f may be a view ahead: they gave up on this one and must not go back. Where
 * others are down meanwhile, those left in it are too few to order anything, and it is the next
 * request that makes them follow; nothing else does.
 */
export function convergence(
  replicas: readonly Observable[],
  cluster: ClusterSize,
  { lying = [], absent = [] }: Excused = {},
): Converged | null {
  const good = replicas.filter(({ id }) => !lying.includes(id) && !absent.includes(id));
  const views: number[] = [];
  const executed = new Set<number>();
  for (const replica of good) {
    const status = replica.state === "running" ? replica.status() : null;
    if (status === null) return null;
    if (status.active) views.push(status.view);
    executed.add(status.lastExec);
  }
  const needed = Math.min(quorumSize(cluster) - lying.length, good.length - cluster.faultsMax);
  const [lastExec] = executed;
  const view = views.find(
    (candidate) => views.filter((other) => other === candidate).length >= needed,
  );
  if (view === undefined || lastExec === undefined || executed.size > 1) return null;
  // Digests are costly: only once everything else agrees.
  const digests: Record<string, string> = {};
  for (const replica of good) digests[nodeName(replica.id)] = replica.stateDigest() ?? "";
  return new Set(Object.values(digests)).size === 1 ? { view, lastExec, digests } : null;
}
