/** Every dashboard that is generated. */
import type { Dashboard } from "./dashboard.ts";
import { overhead } from "./overhead.ts";
import { replica } from "./replica.ts";
import { run } from "./run.ts";

/** By the name of its file. */
export const dashboards: Readonly<Record<string, Dashboard>> = { run, overhead, replica };
