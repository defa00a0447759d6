import type { z } from "zod";
import type { PlannedWorkload } from "../plan/plan.ts";
import type { ExecutorWords } from "../scenario/executor-words.ts";
import type { Clients } from "./clients.ts";
import type { WorkloadGenerator } from "./generator.ts";

/** One entry of `harness/workloads/registry.ts`: how a load reaches its clients. */
export interface WorkloadExecutor<Keys extends z.ZodObject = z.ZodObject>
  extends ExecutorWords<Keys> {
  create(workload: PlannedWorkload, clients: Clients): WorkloadGenerator;
}
