/**
 * One replica hears all votes and no body, however often it asks, until the heal; and no checkpoint
 * comes that would spare it the numbers that it knows to be decided. Then it asks again
 * (protocols §6.6, §11.2).
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function missingBodies(random: Random, { replicas }: Setting): Scene {
  const chaosMs = random.integer(1_000, 1_600);
  const lost = { fault: "loss", at: "0ms", for: shown(chaosMs), share: "100%" };
  const who = nameOf(random.integer(1, replicas - 1));
  return {
    cluster: {
      requestMs: random.integer(200, 300),
      operationTimeoutMs: 4_000,
      // Further than the load goes.
      checkpointInterval: 256,
      window: 512,
    },
    load: { ratePerSecond: random.integer(20, 40), clients: random.integer(2, 4) },
    chaosMs,
    loadMs: 50,
    faults: [
      { ...lost, from: "everyone", to: who, type: "PRE-PREPARE" },
      random.chance(0.5)
        ? { ...lost, from: "everyone", to: who, type: "BODY" }
        : { ...lost, from: who, type: "FETCH-BODY" },
    ],
  };
}
