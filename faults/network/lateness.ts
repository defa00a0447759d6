import { z } from "zod";
import { defineFault } from "../fault.ts";
import { oneWayOrTarget, planLinks } from "../targets.ts";
import { duration } from "../units.ts";
import {
  conditionOf,
  type StruckWire,
  saysNothing,
  struckBy,
  wireEffects,
  wireKeys,
  wireSummary,
} from "./wire.ts";

const by = duration.refine((ms) => ms > 0, { error: "a time above 0ms" });

const schema = z
  .strictObject({ ...wireKeys, by })
  .refine(oneWayOrTarget.holds, oneWayOrTarget.error);

/** Not `delay`, which holds up all that comes behind: these frames alone are late. */
export const lateness = defineFault({
  kind: "lateness",
  summary: wireSummary("makes a share of the frames on links late, while others overtake them"),
  needs: ["wire"],
  schema,
  examples: [
    { target: "r3", by: "20ms" },
    { from: "r1", type: "PREPARE", by: "1s" },
  ],
  lasting: true,
  inapplicable: saysNothing,
  plan(keys, context, { durationMs }) {
    const condition = { ...conditionOf("lateness", keys), lateMs: keys.by };
    const resolved: StruckWire = { links: planLinks(keys, context), condition };
    return [{ offsetMs: 0, durationMs, resolved }];
  },
  resolved: struckBy("lateness", { lateMs: z.number().positive() }),
  effects: wireEffects,
});
