/**
 * A cluster at work for long while nothing happens to it, with a small state and a small window: it
 * remembers no more at its end than at its beginning, for what lies below a stable checkpoint is
 * discarded (protocols §12.5, §13.4, §20.2). A few bytes for each number ever ordered show only
 * after many times as many numbers as a window has.
 */
import type { Random } from "../random.ts";
import type { Scene } from "./scene.ts";

export function longDay(random: Random): Scene {
  const checkpointInterval = random.integer(3, 5);
  return {
    cluster: {
      requestMs: 300,
      checkpointInterval,
      window: 2 * checkpointInterval,
      batchMax: 1,
      pipeline: 2,
      maxBatchDelayMs: 0,
    },
    load: {
      ratePerSecond: null,
      operationsMax: random.integer(700, 1_000),
      clients: 2,
      keys: 2,
      mix: { write: 0.7, cas: 0.3 },
    },
    chaosMs: 6_000,
    loadMs: 50,
    wire: { delayMinMs: 0.2, delayMaxMs: 0.5 },
    fsyncMaxMs: 0,
    faults: [],
  };
}
