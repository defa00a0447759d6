import { assert } from "./assert.ts";

export interface ClusterSize {
  readonly replicas: number;
  readonly faultsMax: number;
}

/** Q: any two quorums of this size share a good replica (protocols §1.3). */
export function quorumSize({ replicas, faultsMax }: ClusterSize): number {
  const size = Math.ceil((replicas + faultsMax + 1) / 2);
  assert(size <= replicas - faultsMax, `${replicas} replicas cannot tolerate ${faultsMax} faults`);
  return size;
}

/** W: at least one of so many replicas is good. */
export function weakQuorumSize({ faultsMax }: ClusterSize): number {
  return faultsMax + 1;
}

export function primaryOf(view: number, { replicas }: Pick<ClusterSize, "replicas">): number {
  return view % replicas;
}
