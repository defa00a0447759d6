import { z } from "zod";
import { defineFault } from "../fault.ts";
import { targets } from "../targets.ts";
import type { Stopped } from "./stopping.ts";
import { stopEffects, stopped } from "./stopping.ts";

export const pause = defineFault({
  kind: "pause",
  summary: "SIGSTOP of the target, SIGCONT at the end: its connections stay open and fall silent",
  needs: ["process"],
  schema: z.strictObject({ target: targets }),
  examples: [{ target: "r2" }, { target: "primary" }],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    { offsetMs: 0, durationMs, resolved: { targets: context.expandTargets(keys.target) } },
  ],
  draw: (context) => ({ target: context.drawVictim() }),
  resolved: stopped,
  effects: (resolved: Stopped, context) => stopEffects(resolved, "paused", context),
});
