import { z } from "zod";
import { defineFault } from "../fault.ts";
import { targets } from "../targets.ts";
import type { Stopped } from "./stopping.ts";
import { stopEffects, stopped } from "./stopping.ts";

export const crash = defineFault({
  kind: "crash",
  summary: "kill -9 of the target; it is started again on its own disk at the end of `for`",
  needs: ["process"],
  schema: z.strictObject({ target: targets }),
  examples: [{ target: "r2" }, { target: "random-f" }],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    { offsetMs: 0, durationMs, resolved: { targets: context.expandTargets(keys.target) } },
  ],
  draw: (context) => ({ target: context.drawVictim() }),
  resolved: stopped,
  effects: (resolved: Stopped, context) => stopEffects(resolved, "down", context),
});
