import { z } from "zod";
import { SHARE_MIN } from "../cpu-quota.ts";
import { defineFault } from "../fault.ts";
import { plannedTargets, resolveAll, targets } from "../targets.ts";
import { percent } from "../units.ts";

const share = percent.refine((fraction) => fraction >= SHARE_MIN && fraction < 1, {
  error: "a share of one CPU, from 1% to 99%",
});

const throttled = z.strictObject({
  targets: plannedTargets,
  share: z.number().min(SHARE_MIN).lt(1),
});

// Never drawn: a replica with little to do does not use its share up, and proves nothing.
export const throttle = defineFault({
  kind: "throttle",
  summary:
    "the target gets no more than share of one CPU, in periods of 100 ms: it runs until its share " +
    "is used up, then stands still until the next period",
  needs: ["cpu"],
  schema: z.strictObject({ target: targets, share }),
  examples: [
    { target: "r2", share: "2%" },
    { target: "primary", share: "30%" },
  ],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    {
      offsetMs: 0,
      durationMs,
      resolved: { targets: context.expandTargets(keys.target), share: keys.share },
    },
  ],
  resolved: throttled,
  effects: (resolved, context) =>
    resolveAll(resolved.targets, context).map((replica) => ({
      on: "cpu",
      replica,
      condition: { kind: "quota", share: resolved.share },
    })),
});
