/**
 * A primary whose view is over and that hears nothing of it: no request while the others lose
 * patience with it, and then no VIEW-CHANGE, no NEW-VIEW and no STATUS. What they decide in the
 * next view it learns and executes (protocols §6.4), and it goes on getting requests: of those it
 * may order none, for the numbers that it would give them are taken (protocols §5.2).
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene } from "./scene.ts";

export function deafLeader(random: Random): Scene {
  const requestMs = random.integer(150, 250);
  const chaosMs = 6 * requestMs;
  const delayMinMs = random.real(2, 4);
  const unheard = (type: string, forMs: number) => ({
    fault: "loss",
    at: "0ms",
    for: shown(forMs),
    to: nameOf(0),
    type,
  });
  return {
    cluster: {
      requestMs,
      statusMs: random.integer(40, 80),
      // Shorter than an agreement takes: it hears of all that waits, again and again.
      clientMs: random.integer(8, 12),
      clientCapMs: 60,
      operationTimeoutMs: 4_000,
      maxBatchDelayMs: 0,
      // It executes what is decided, and has no state to fetch.
      checkpointInterval: 64,
      window: 128,
    },
    load: { ratePerSecond: random.integer(30, 50), clients: random.integer(3, 5) },
    chaosMs,
    loadMs: 50,
    wire: { delayMinMs, delayMaxMs: delayMinMs + 1 },
    faults: [
      unheard("REQUEST", 2 * requestMs),
      unheard("VIEW-CHANGE", chaosMs),
      unheard("NEW-VIEW", chaosMs),
      unheard("STATUS", chaosMs),
    ],
    viewsLeftMax: 1,
  };
}
