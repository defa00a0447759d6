import { pause } from "../process/pause.ts";
import { type OperatorError, ordered } from "./work.ts";

export const lunch: OperatorError = {
  id: "T-35",
  name: "lunch",
  summary: "stops the primary to look at it, and goes to lunch",
  source: "Lamport's lunch, and every debugger that was ever attached to a primary",
  stoppedBy: "none: one replica is within what f bears, and the order says just that",
  needs: ["process"],
  leastMs: 2_500,
  wrong: (context) => [
    ordered(
      {
        fault: pause,
        keys: { target: "primary" },
        durationMs: Math.max(2_500, context.drawReactionMs()),
        meant: "stop the primary for a moment to look at it",
        did: "stopped it and went to lunch",
      },
      context,
    ),
  ],
  right: (context) => [
    ordered(
      {
        fault: pause,
        keys: { target: "primary" },
        durationMs: 900,
        meant: "stop the primary for a moment to look at it",
        did: "stopped it, looked, and let it go on",
      },
      context,
    ),
  ],
};
