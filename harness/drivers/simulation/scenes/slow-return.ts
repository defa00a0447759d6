/**
 * Who was away comes back into a cluster at work, over a wide wire, where checkpoints follow each
 * other faster than the pages of one can be asked for, from the root down (protocols §16.23).
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function slowReturn(random: Random, { replicas }: Setting): Scene {
  const who = [nameOf(random.integer(1, replicas - 1))];
  const requestMs = 300;
  const delayMinMs = random.integer(20, 28);
  return {
    cluster: {
      requestMs,
      statusMs: random.integer(40, 80),
      clientMs: 350,
      clientCapMs: 400,
      operationTimeoutMs: 4_000,
      checkpointInterval: 4,
      window: 16,
      batchMax: 1,
      pipeline: 8,
    },
    load: {
      ratePerSecond: random.integer(50, 70),
      // Each waits for five messages, one after the other.
      clients: 14,
      keys: 24,
      mix: { write: 0.9, read: 0.1 },
    },
    chaosMs: 6_500,
    loadMs: 50,
    wire: { delayMinMs, delayMaxMs: delayMinMs + 4 },
    paddingBytes: random.integer(8_000, 20_000),
    faults: [{ fault: "crash", at: "50ms", for: shown(random.integer(800, 1_200)), target: who }],
  };
}
