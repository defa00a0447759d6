import { z } from "zod";
import { defineFault } from "../fault.ts";
import { plannedTargets, resolveAll, targets } from "../targets.ts";

const STRIKE_MS = 1;
/** Which of the values that are there then is drawn among so many. */
const PICKS = 1_000_000;

const planned = z.strictObject({
  targets: plannedTargets,
  pick: z
    .int()
    .min(0)
    .max(PICKS - 1),
});

// Not drawn with others: whoever holds a wrong state counts among those that lie.
export const corruptState = defineFault({
  kind: "corrupt-state",
  summary:
    "a value of the service is changed in the state of the target, in what it holds and in what is " +
    "on its disk, and all digests above it are made anew: pages that fit " +
    "together, of a wrong state; only the simulator does that",
  needs: ["state"],
  schema: z.strictObject({ target: targets }),
  examples: [{ target: "r2" }, { target: "backup" }],
  lasting: {
    over: "it strikes once, and what it leaves is the replica's own to find and to mend",
    isJob: true,
  },
  inapplicable: (_keys, { name, messageTypes }) =>
    "CHECKPOINT" in messageTypes ? null : `${name} has nobody to compare its state with`,
  plan: (keys, context) => {
    const struck = context.expandTargets(keys.target);
    const pick = context.drawInteger(0, PICKS - 1);
    return [{ offsetMs: 0, durationMs: STRIKE_MS, resolved: { targets: struck, pick } }];
  },
  resolved: planned,
  effects: ({ targets: struck, pick }, context) =>
    resolveAll(struck, context).map((replica) => ({ on: "state" as const, replica, pick })),
});
