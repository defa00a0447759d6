/**
 * Clients that give up before the time-outs expire and ask for something newer, in a cluster whose
 * time-outs have doubled, when whoever leads is gone for good (protocols §16.15): whatever they ask
 * for, the clock of who waited first runs on.
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene } from "./scene.ts";

export function impatientCrowd(random: Random): Scene {
  const requestMs = random.integer(80, 140);
  // So often the time-outs double while nobody hears of a NEW-VIEW.
  const doublings = random.integer(2, 3);
  const vainMs = requestMs * (2 ** doublings + random.real(1, 2));
  const chaosMs = Math.floor(vainMs + requestMs * 2 ** doublings * random.real(2, 3));
  return {
    cluster: {
      requestMs,
      clientMs: random.integer(10, 30),
      clientCapMs: 100,
      operationTimeoutMs: Math.floor(requestMs * random.real(1.1, 2)),
    },
    load: { ratePerSecond: 40, clients: random.integer(2, 4) },
    chaosMs,
    // Longer than the bound of what has doubled.
    loadMs: 40 * requestMs + 3_000,
    faults: [
      { fault: "loss", at: "0ms", for: shown(vainMs), type: "NEW-VIEW", share: "100%" },
      { fault: "crash", at: "20ms", for: shown(3 * requestMs), target: nameOf(0) },
      { fault: "crash", at: shown(chaosMs - 1), for: "quiet", target: "primary" },
    ],
  };
}
