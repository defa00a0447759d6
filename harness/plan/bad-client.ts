import { BAD_CLIENT } from "../../faults/fault.ts";
import { clientId, type NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Plan } from "./plan.ts";

/** Among the clients of a host, from 0: behind those of the load and the one that is kept apart. */
export function badClientIndex({ clients }: Pick<Plan["workload"], "clients">): number {
  return clients + 1;
}

/** Who asks for what no history has; null: every client of this plan is good. */
export function badClientOf({
  entries,
  workload,
}: Pick<Plan, "entries" | "workload">): NodeId | null {
  if (!entries.some(({ fault }) => fault === BAD_CLIENT)) return null;
  return clientId({ host: 0, index: badClientIndex(workload) + 1 });
}
