import { z } from "zod";
import { drawReplicaLinks } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { linkKeys, oneWayOrTarget } from "../targets.ts";
import { byteRate } from "../units.ts";
import { planShaped, shaped, shapedEffects } from "./shaping.ts";

// A smaller or a fractional rate would reach Toxiproxy as 0 (a stall) or not at all.
const rate = byteRate.refine((bytes) => bytes >= 1_000 && bytes % 1_000 === 0, {
  error: "a bandwidth is a whole number of KB/s, at least 1KB/s",
});

export const bandwidth = defineFault({
  kind: "bandwidth",
  summary: "limits links to rate; without from, to or target: every link",
  needs: ["network"],
  schema: z.strictObject({ ...linkKeys, rate }).refine(oneWayOrTarget.holds, oneWayOrTarget.error),
  examples: [
    { target: "r3", rate: "30KB/s" },
    { from: "r0", rate: "100KB/s" },
  ],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    {
      offsetMs: 0,
      durationMs,
      resolved: planShaped(keys, context, {
        kind: "bandwidth",
        kilobytesPerSecond: keys.rate / 1_000,
      }),
    },
  ],
  // So slow that a beat feels it; a whole batch then takes longer than a timely link may.
  draw: (context) => ({
    ...drawReplicaLinks(context),
    rate: `${context.drawInteger(10, 20)}KB/s`,
  }),
  resolved: shaped(
    z.strictObject({ kind: z.literal("bandwidth"), kilobytesPerSecond: z.int().min(1) }),
  ),
  effects: shapedEffects,
});
