import { z } from "zod";
import { defineFault } from "../fault.ts";
import { targets } from "../targets.ts";
import type { Stopped } from "./stopping.ts";
import { stopEffects, stopped } from "./stopping.ts";

export const powerCut = defineFault({
  kind: "power-cut",
  summary:
    "kill -9 of every replica at once (or of target), then each log is cut back to what was synced, " +
    "with a torn last record, then restart at the end of `for`",
  needs: ["process"],
  schema: z.strictObject({ target: targets.optional() }),
  examples: [{ target: "r2" }, {}, { target: ["r0", "r1"] }],
  lasting: true,
  plan: (keys, context, { durationMs }) => {
    const cut = keys.target === undefined ? context.replicas : context.expandTargets(keys.target);
    return [{ offsetMs: 0, durationMs, resolved: { targets: cut } }];
  },
  draw: (context) => ({ target: context.drawVictim() }),
  resolved: stopped,
  effects: (resolved: Stopped, context) => stopEffects(resolved, "power-cut", context),
});
