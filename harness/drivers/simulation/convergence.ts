import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { Membership } from "../../plan/tolerance.ts";
import { areEqual, commonHead, type Head } from "../convergence.ts";
import type { SimulatedReplica } from "./replica.ts";

export interface Converged extends Head {
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

/** What has converged at this moment; null if nothing has. */
export function convergence(
  replicas: readonly Observable[],
  cluster: Membership,
  excused: Excused = {},
): Converged | null {
  const head = commonHeadOf(replicas, cluster, excused);
  if (head === null) return null;
  const digests: Record<string, string> = {};
  for (const replica of asked(replicas, excused)) {
    digests[nodeName(replica.id)] = replica.stateDigest() ?? "";
  }
  return areEqual(digests) ? { ...head, digests } : null;
}

/** The same as far as their standings tell. */
export function commonHeadOf(
  replicas: readonly Observable[],
  cluster: Membership,
  excused: Excused = {},
): Head | null {
  const seen = asked(replicas, excused).map((replica) =>
    replica.state === "running" ? replica.status() : null,
  );
  return commonHead(seen, { ...cluster, lying: excused.lying?.length ?? 0 });
}

function asked(
  replicas: readonly Observable[],
  { lying = [], absent = [] }: Excused,
): readonly Observable[] {
  return replicas.filter(({ id }) => !lying.includes(id) && !absent.includes(id));
}
