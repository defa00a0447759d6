import { z } from "zod";
import { drawLinks } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { linkKeys, oneWayOrTarget } from "../targets.ts";
import { planShaped, shaped, shapedEffects } from "./shaping.ts";

export const reset = defineFault({
  kind: "reset",
  summary:
    "ends every connection at its next byte while active: live ones with FIN, new ones with RST; " +
    "without from, to or target: every link",
  needs: ["network"],
  schema: z.strictObject(linkKeys).refine(oneWayOrTarget.holds, oneWayOrTarget.error),
  examples: [{ target: "r3" }, { target: "backup" }],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    { offsetMs: 0, durationMs, resolved: planShaped(keys, context, { kind: "reset" }) },
  ],
  draw: drawLinks,
  resolved: shaped(z.strictObject({ kind: z.literal("reset") })),
  effects: shapedEffects,
});
