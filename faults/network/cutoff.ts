import { z } from "zod";
import { drawReplicaLinks } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { linkKeys, oneWayOrTarget } from "../targets.ts";
import { size } from "../units.ts";
import { planShaped, shaped, shapedEffects } from "./shaping.ts";

const wholeBytes = size.refine((bytes) => Number.isInteger(bytes) && bytes >= 1, {
  error: "a cut-off counts whole bytes, at least 1B",
});

export const cutoff = defineFault({
  kind: "cutoff",
  summary:
    "closes each connection after it carried `bytes`, usually in the middle of a frame; " +
    "without from, to or target: every link",
  needs: ["network"],
  schema: z
    .strictObject({ ...linkKeys, bytes: wholeBytes })
    .refine(oneWayOrTarget.holds, oneWayOrTarget.error),
  examples: [
    { from: "r0", to: "r3", bytes: "4KB" },
    { to: "r1", bytes: "4KB" },
  ],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    {
      offsetMs: 0,
      durationMs,
      resolved: planShaped(keys, context, { kind: "cutoff", bytes: keys.bytes }),
    },
  ],
  // Above the size of a handshake, below what a link carries in a second.
  draw: (context) => ({
    ...drawReplicaLinks(context),
    bytes: `${context.drawInteger(600, 3_000)}B`,
  }),
  resolved: shaped(z.strictObject({ kind: z.literal("cutoff"), bytes: z.int().min(1) })),
  effects: shapedEffects,
});
