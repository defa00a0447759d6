/** One line per executor; what a scenario may say and how it is planned derive from this list. */

import { closedLoop } from "./closed-loop.ts";
import { constantArrivalRate } from "./constant-arrival-rate.ts";
import type { WorkloadExecutor } from "./executor.ts";

/** The first is that of a scenario that names none. */
export const executors: readonly WorkloadExecutor[] = [constantArrivalRate, closedLoop];
