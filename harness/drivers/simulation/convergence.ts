import { nodeName } from "../../../nodes/protocols/core.ts";
import { type ClusterSize, quorumSize } from "../../../nodes/protocols/quorum.ts";
import type { SimulatedReplica } from "./replica.ts";

export interface Converged {
  /** The live view: a quorum is active in it. */
  readonly view: number;
  readonly lastExec: number;
  readonly digests: Readonly<Record<string, string>>;
}

/** Of whom nothing is asked, and what nobody asked for. */
export interface Excused {
  /** Byzantine: the good ones active in the live view are Q - B at least. */
  readonly lying?: readonly number[];
  /** Honest and down. */
  readonly absent?: readonly number[];
  /**
   * No client asks for anything. Up to f replicas may be ahead of the live view, having given up on
   * it, and the rest may be too few to order a request: it is the next request that makes them
   * follow. More than f pull the others along by themselves.
   */
  readonly silent?: boolean;
}

/**
 * All replicas have equal state (reference 6.3) and a quorum is active in one view (L-3); null if
 * not. Up to f may be a view ahead: they must not go back to what they gave up on.
 */
export function convergence(
  replicas: readonly SimulatedReplica[],
  cluster: ClusterSize,
  { lying = [], absent = [], silent = false }: Excused = {},
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
  const quorum = quorumSize(cluster) - lying.length;
  const needed = silent ? Math.min(quorum, good.length - cluster.faultsMax) : quorum;
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
