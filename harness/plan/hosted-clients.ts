import { BAD_CLIENT } from "../../faults/fault.ts";
import { clientId, type NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Plan } from "./plan.ts";

type Load = Pick<Plan["workload"], "clients">;

/** The logical clients of a host: those of the load, and the last, which is kept apart. */
export function goodClients({ clients }: Load): number {
  return clients + 1;
}

/** Behind the good ones there may be a bad one: counted from 0 like them. */
export function badClientIndex(load: Load): number {
  return goodClients(load);
}

/** Who would be bad; the first client of a host has number 1. */
export function badClientId(load: Load, host: number): NodeId {
  return clientId({ host, index: badClientIndex(load) + 1 });
}

/** Who asks for what no history has; null: every client of this plan is good. */
export function badClientOf({
  entries,
  workload,
}: Pick<Plan, "entries" | "workload">): NodeId | null {
  return entries.some(({ fault }) => fault === BAD_CLIENT) ? badClientId(workload, 0) : null;
}
