/** How many failing replicas a planned cluster tolerates, and how that is written. */
import type { Tolerance } from "../../nodes/protocols/contract/protocol.ts";
import type { PlannedCluster } from "./plan.ts";

export interface Membership {
  readonly replicas: number;
  readonly tolerates: Tolerance;
}

type Sized = Pick<PlannedCluster, "tolerates" | "parameters">;

export function membershipOf(cluster: Sized): Membership {
  return { replicas: cluster.parameters.replicas, tolerates: toleranceOf(cluster) };
}

export function toleranceOf({ tolerates, parameters }: Sized): Tolerance {
  // Plans of before know only protocols that tolerate as many liars as crashed replicas.
  return tolerates ?? { byzantine: parameters.faultsMax, crashed: parameters.faultsMax };
}

/** Two of these share a replica that does not lie: 2f+1 of 3f+1, or a majority where nobody may. */
export function quorumOf({ replicas, tolerates }: Membership): number {
  return Math.ceil((replicas + tolerates.byzantine + 1) / 2);
}

/** What B is held against: f, and a name of its own where fewer may lie than be away. */
export function liarsMaxText({ byzantine, crashed }: Tolerance): string {
  return byzantine === crashed ? `f=${crashed}` : `b=${byzantine}`;
}

/** What B + C is held against. */
export function faultyMaxText({ crashed }: Tolerance): string {
  return `f=${crashed}`;
}
