import { backup } from "../disk/backup.ts";
import { drawReplica } from "./choice.ts";
import { type Deed, type OperatorError, ordered, slipped, type WorkContext } from "./work.ts";

const JOB_MS = 200;
const APART_MS = 700;

export const tapesOverwritten: OperatorError = {
  id: "T-02",
  name: "tapes-overwritten",
  summary: "overwrites the tape with a replica's backup instead of an empty one",
  source:
    "Mickens, The Saddest Moment (2013); backups that nobody had tried, in every second outage",
  stoppedBy: "two-person: the order names an empty tape; to the cluster a tape is nobody",
  needs: ["disk"],
  leastMs: 2 * APART_MS + JOB_MS,
  wrong(context) {
    const [copied, verified] = around(context);
    const target = copied.target;
    const doing = {
      fault: backup,
      keys: { job: "overwrite" as const, target },
      offsetMs: APART_MS,
      durationMs: JOB_MS,
      meant: "record a concert on an empty tape",
      did: `recorded it on the tape with the backup of ${target}`,
    };
    return [copied.deed, slipped(doing, null, context), verified];
  },
  // An empty tape is nobody's business here.
  right(context) {
    const [copied, verified] = around(context);
    return [copied.deed, verified];
  },
};

/** The jobs of every night, before and after: nothing is wrong with them. */
function around(context: WorkContext): readonly [{ target: string; deed: Deed }, Deed] {
  const target = drawReplica(context);
  const done = (kind: "take" | "verify", offsetMs: number, meant: string): Deed => {
    const when = { offsetMs, durationMs: JOB_MS };
    const words = { meant, did: "ran the job" };
    const doing = { fault: backup, keys: { job: kind, target }, ...when, ...words };
    return { ...ordered(doing, context), right: true };
  };
  return [
    { target, deed: done("take", 0, `back the disk of ${target} up`) },
    done("verify", 2 * APART_MS, `verify the backup of ${target}`),
  ];
}
