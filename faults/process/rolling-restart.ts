import { z } from "zod";
import { drawSome } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { targets } from "../targets.ts";
import { duration } from "../units.ts";
import type { Stopped } from "./stopping.ts";
import { stopEffects, stopped } from "./stopping.ts";

const positive = duration.refine((ms) => ms > 0, "must be longer than nothing");

export const rollingRestart = defineFault({
  kind: "rolling-restart",
  summary:
    "kill -9 and restart of one replica after the other (all of them, or target, in that order): " +
    "each is `down` so long, and `pause` lies between one's restart and the next one's kill",
  needs: ["process"],
  schema: z.strictObject({
    target: targets.optional(),
    down: positive.prefault("500ms"),
    pause: positive,
  }),
  examples: [{ target: ["r2", "r3"], down: "300ms", pause: "400ms" }, { pause: "1s" }],
  lasting: { over: "it is over when the last one is back, as `down` and `pause` have it" },
  plan(keys, context) {
    const order = keys.target === undefined ? context.replicas : context.expandTargets(keys.target);
    return order.map((target, index) => ({
      offsetMs: index * (keys.down + keys.pause),
      durationMs: keys.down,
      resolved: { targets: [target] },
    }));
  },
  // A restarted replica has time to come back before the next one is killed.
  draw: (context) => ({
    target: drawSome(context.replicas, context),
    down: `${context.drawInteger(5, 8)}00ms`,
    pause: `${context.drawInteger(16, 24)}00ms`,
  }),
  resolved: stopped,
  effects: (resolved: Stopped, context) => stopEffects(resolved, "down", context),
});
