import { z } from "zod";
import type { BackupJob } from "../fault.ts";
import { defineFault } from "../fault.ts";
import { plannedTargets, resolveAll, targets } from "../targets.ts";

const JOB_MS = 200;

const job = z.enum(["take", "overwrite", "verify"]) satisfies z.ZodType<BackupJob>;

export const backup = defineFault({
  kind: "backup",
  summary:
    "a job at the backup of the target's disk: take (copies the files of its log), overwrite (other " +
    "bytes of the same length; the index stays), verify (against the index; raises an alarm)",
  needs: ["disk"],
  schema: z.strictObject({ job, target: targets }),
  examples: [
    { job: "take", target: "r2" },
    { job: "verify", target: "r2" },
    { job: "overwrite", target: "primary" },
  ],
  lasting: { over: "it is a job, over as soon as it is done", isJob: true },
  plan: (keys, context) => [
    {
      offsetMs: 0,
      durationMs: JOB_MS,
      resolved: { targets: context.expandTargets(keys.target), job: keys.job },
    },
  ],
  resolved: z.strictObject({ targets: plannedTargets, job }),
  effects: ({ targets: struck, job: done }, context) =>
    resolveAll(struck, context).map((replica) => ({ on: "disk" as const, replica, job: done })),
});
