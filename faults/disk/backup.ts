import { z } from "zod";
import type { BackupJob, Target } from "../fault.ts";
import { defineFault } from "../fault.ts";
import { resolveAll, targets } from "../targets.ts";

const JOB_MS = 200;

interface Planned {
  readonly targets: readonly Target[];
  readonly job: BackupJob;
}

export const backup = defineFault({
  kind: "backup",
  summary:
    "a job at the backup of the target's disk: take (copies the files of its log), overwrite (other " +
    "bytes of the same length; the index stays), verify (against the index; raises an alarm)",
  needs: ["disk"],
  schema: z.strictObject({ job: z.enum(["take", "overwrite", "verify"]), target: targets }),
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
  effects: ({ targets: struck, job }: Planned, context) =>
    resolveAll(struck, context).map((replica) => ({ on: "disk" as const, replica, job })),
});
