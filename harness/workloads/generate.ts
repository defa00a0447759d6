/** The workload generator that a plan asks for. */
import type { ServiceDefinition } from "../../nodes/protocols/contract/service.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { createChoices } from "./choices.ts";
import { Clients } from "./clients.ts";
import type { WorkloadGenerator } from "./generator.ts";
import { executors } from "./registry.ts";

/** Another program makes the load. */
const elsewhere: WorkloadGenerator = {
  step: () => [],
  nextWakeMs: () => null,
  shed: 0,
  idle: true,
};

/** @throws RangeError for an unknown executor, or a mix that asks for what the service lacks */
export function createGenerator(
  workload: PlannedWorkload,
  service: ServiceDefinition,
): WorkloadGenerator {
  if (workload.script !== undefined) return elsewhere;
  const executor = executors.find(({ name }) => name === workload.executor);
  if (executor === undefined) throw new RangeError(`there is no executor ${workload.executor}`);
  const choices = createChoices(workload, service);
  return executor.create(workload, new Clients(workload.clients, choices));
}
