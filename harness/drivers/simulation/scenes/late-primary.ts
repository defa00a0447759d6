/**
 * Who is to lead view 1 hears nobody while the others leave view 0, tell each other so and vouch
 * for it: all of that is lost to it, and the primary of view 0 is away, so nobody can be spared.
 * After the heal it is told again whatever it lacks, and leads before the others give it up
 * (protocols §11.1, §20.8). If they do, they follow the next one, who falls later, and leave a view
 * more.
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function latePrimary(random: Random, { replicas }: Setting): Scene {
  const requestMs = random.integer(900, 1_400);
  const clientMs = 60;
  const goneMs = random.integer(150, 300);
  const fallsMs = goneMs + 4.5 * requestMs;
  const others = Array.from({ length: replicas - 2 }, (_, id) => nameOf(id + 2));
  return {
    cluster: {
      requestMs,
      statusMs: random.integer(60, 120),
      clientMs,
      clientCapMs: 300,
      operationTimeoutMs: 30_000,
      maxBatchDelayMs: 0,
    },
    load: { ratePerSecond: 20, clients: 4 },
    chaosMs: Math.ceil(fallsMs + requestMs),
    loadMs: 50,
    faults: [
      // Until the others are in a view, whichever it is.
      { fault: "crash", at: shown(goneMs), for: shown(3.2 * requestMs), target: nameOf(0) },
      {
        fault: "partition",
        topology: "one-way",
        from: others,
        to: nameOf(1),
        semantics: "drop",
        at: shown(goneMs),
        // They have left by then, and wait for it as long again as they waited for the first one.
        for: shown(clientMs + 1.3 * requestMs),
      },
      { fault: "crash", at: shown(fallsMs), for: "quiet", target: nameOf(2) },
    ],
    viewsLeftMax: 1,
  };
}
