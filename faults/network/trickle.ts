import { z } from "zod";
import { drawReplicaLinks } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { linkKeys, oneWayOrTarget } from "../targets.ts";
import { duration, size } from "../units.ts";
import { planShaped, shaped, shapedEffects } from "./shaping.ts";

const wholeBytes = size.refine((bytes) => Number.isInteger(bytes) && bytes >= 1, {
  error: "a trickle is cut into whole bytes, at least 1B",
});

export const trickle = defineFault({
  kind: "trickle",
  summary:
    "cuts the stream into slices of about `bytes`, one `every` so often (frames arrive in pieces); " +
    "without from, to or target: every link",
  needs: ["network"],
  schema: z
    .strictObject({ ...linkKeys, bytes: wholeBytes, every: duration })
    .refine(oneWayOrTarget.holds, oneWayOrTarget.error),
  examples: [
    { target: "r3", bytes: "40B", every: "1ms" },
    { target: "r1", bytes: "8B", every: "1ms" },
  ],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    {
      offsetMs: 0,
      durationMs,
      resolved: planShaped(keys, context, {
        kind: "trickle",
        bytes: keys.bytes,
        everyMs: keys.every,
      }),
    },
  ],
  // Smaller slices than a beat, so that each beat feels it; fast enough for some beats to arrive.
  draw: (context) => ({
    ...drawReplicaLinks(context),
    bytes: `${context.drawInteger(10, 20)}B`,
    every: `${context.drawInteger(1, 2)}ms`,
  }),
  resolved: shaped(
    z.strictObject({
      kind: z.literal("trickle"),
      bytes: z.int().min(1),
      everyMs: z.number().min(0),
    }),
  ),
  effects: shapedEffects,
});
