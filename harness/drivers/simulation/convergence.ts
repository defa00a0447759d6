import { nodeName } from "../../../nodes/protocols/core.ts";
import { type ClusterSize, quorumSize } from "../../../nodes/protocols/quorum.ts";
import type { SimulatedReplica } from "./replica.ts";

export interface Converged {
  /** The live view: a quorum is active in it. */
  readonly view: number;
  readonly lastExec: number;
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * All replicas have equal state (reference 6.3) and a quorum is active in one view (L-3); null if
 * not. Up to f may be a view ahead: they gave up on a view that went on without them, and must not
 * go back to it.
 * @param lying Byzantine replicas: nothing is asked of them (at least Q - B good ones are active)
 */
export function convergence(
  replicas: readonly SimulatedReplica[],
  cluster: ClusterSize,
  lying: readonly number[] = [],
): Converged | null {
  const views: number[] = [];
  const executed = new Set<number>();
  const good = replicas.filter(({ id }) => !lying.includes(id));
  for (const replica of good) {
    const status = replica.state === "running" ? replica.status() : null;
    if (status === null) return null;
    if (status.active) views.push(status.view);
    executed.add(status.lastExec);
  }
  const [lastExec] = executed;
  const view = views.find(
    (candidate) =>
      views.filter((other) => other === candidate).length >= quorumSize(cluster) - lying.length,
  );
  if (view === undefined || lastExec === undefined || executed.size > 1) return null;
  // Digests are costly: only once everything else agrees.
  const digests: Record<string, string> = {};
  for (const replica of good) digests[nodeName(replica.id)] = replica.stateDigest() ?? "";
  return new Set(Object.values(digests)).size === 1 ? { view, lastExec, digests } : null;
}
