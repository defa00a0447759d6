/**
 * A backup says again all that it was ever told, and nothing else happens. What counts over its
 * author's own channel alone nobody takes from it, or it would use up what others may ask for, and
 * have them told what they have (protocols §2.4, §12.4): so a good replica is refused nothing.
 */
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function echoes(random: Random, { replicas }: Setting): Scene {
  return {
    cluster: {
      requestMs: random.integer(200, 300),
      statusMs: random.integer(40, 80),
      clientMs: 150,
      clientCapMs: 600,
      operationTimeoutMs: 4_000,
    },
    // Much of what it is told is what others ask of each other.
    load: { ratePerSecond: random.integer(5, 10), clients: random.integer(2, 4) },
    chaosMs: random.integer(1_000, 1_500),
    loadMs: 50,
    faults: [
      {
        fault: "byzantine",
        at: "0ms",
        for: "quiet",
        target: nameOf(random.integer(1, replicas - 1)),
        behaviour: "replayed-messages",
        parameters: { everyMs: 5, messages: random.integer(16, 32) },
      },
    ],
    viewsLeftMax: 0,
  };
}
