/**
 * A deposed primary answers all clients as if it still led, before most of the others do, and does
 * nothing for what they send it (protocols §16.27): who does not listen to the others goes astray
 * with each operation.
 */
import { links, shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function misledClients(random: Random, { replicas, faultsMax }: Setting): Scene {
  const requestMs = random.integer(250, 300);
  const clientMs = random.integer(200, 300);
  const chaosMs = 8_000;
  // With the liar those who answer at once are as many as a client waits for.
  const late = Array.from({ length: replicas - 1 - faultsMax }, (_, place) =>
    nameOf(1 + faultsMax + place),
  );
  const latency = shown(random.integer(15, 40));
  const view = random.chance(0.75) ? "past" : "next";
  return {
    cluster: {
      requestMs,
      clientMs,
      clientCapMs: 2 * clientMs,
      operationTimeoutMs: 4_000,
      maxBatchDelayMs: 0,
      pipeline: 8,
      batchMax: 8,
    },
    load: { ratePerSecond: random.integer(10, 20), clients: random.integer(2, 4) },
    chaosMs,
    loadMs: 50,
    faults: [
      {
        fault: "byzantine",
        at: "0ms",
        for: "quiet",
        target: nameOf(0),
        behaviour: "misleading-view",
        parameters: { view },
      },
      {
        fault: "loss",
        at: "0ms",
        for: shown(2.5 * requestMs),
        from: nameOf(0),
        type: "PRE-PREPARE",
      },
      {
        fault: "delay",
        at: "0ms",
        for: shown(chaosMs),
        ...links(late, true),
        to: "clients",
        latency,
      },
    ],
  };
}
