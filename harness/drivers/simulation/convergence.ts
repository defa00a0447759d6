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
  { lying = [], absent = [] }: Excused = {},
): Converged | null {
  const good = replicas.filter(({ id }) => !lying.includes(id) && !absent.includes(id));
  const seen = good.map((replica) => (replica.state === "running" ? replica.status() : null));
  const head = commonHead(seen, { ...cluster, lying: lying.length });
  if (head === null) return null;
  const digests: Record<string, string> = {};
  for (const replica of good) digests[nodeName(replica.id)] = replica.stateDigest() ?? "";
  return areEqual(digests) ? { ...head, digests } : null;
}
