import { nodeName } from "../../../nodes/protocols/core.ts";
import type { SimulatedReplica } from "./replica.ts";

export interface Converged {
  readonly view: number;
  readonly lastExec: number;
  readonly digests: Readonly<Record<string, string>>;
}

/** All replicas active in one view with equal state (reference 6.3); null if they are not. */
export function convergence(replicas: readonly SimulatedReplica[]): Converged | null {
  const first = replicas[0]?.status();
  if (first === null || first === undefined) return null;
  const { view, lastExec } = first;
  for (const replica of replicas) {
    const status = replica.state === "running" ? replica.status() : null;
    if (status?.active !== true || status.view !== view || status.lastExec !== lastExec)
      return null;
  }
  // Digests are costly: only once everything else agrees.
  const digests: Record<string, string> = {};
  for (const replica of replicas) digests[nodeName(replica.id)] = replica.stateDigest() ?? "";
  return new Set(Object.values(digests)).size === 1 ? { view, lastExec, digests } : null;
}
