/**
 * A primary orders long batches whose last request no client made, again with each STATUS, before
 * backups that no client reaches: they have all requests but that one verified in vain. One such
 * message costs almost as much as a period grants, and a few of them more: what goes beyond a
 * share is owed to the next ones, or this is what the liar gets each time (protocols §12.4).
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function dearOrders(random: Random, { replicas }: Setting): Scene {
  const clients = random.integer(135, 150);
  const deafMs = random.integer(700, 1_000);
  const backups = Array.from({ length: replicas - 1 }, (_, id) => nameOf(id + 1));
  return {
    cluster: {
      // The primary itself waits for them to be executed.
      requestMs: 1_200,
      // The shortest share that is drawn anywhere.
      statusMs: 40,
      clientMs: 500,
      clientCapMs: 1_000,
      operationTimeoutMs: 30_000,
      checkpointInterval: 4,
      window: 12,
      // They double, and eight of them hold 128 requests.
      batchMax: 64,
      pipeline: 8,
      maxBatchDelayMs: 0,
    },
    load: { ratePerSecond: null, operationsMax: 2 * clients, clients, keys: 16 },
    chaosMs: deafMs + 300,
    loadMs: 300,
    faults: [
      {
        fault: "byzantine",
        at: "0ms",
        for: "quiet",
        target: nameOf(0),
        behaviour: "forged-request",
        parameters: { place: "last" },
      },
      {
        fault: "partition",
        topology: "one-way",
        from: "clients",
        to: backups,
        semantics: "drop",
        at: "0ms",
        for: shown(deafMs),
      },
    ],
  };
}
