/**
 * A primary fills the room that the others have for bodies with batches of the largest size, and
 * leaves (protocols §6.2): who leads next orders as if nothing of it were there. Where it had to
 * wait until STATUS asks again, it would be deposed as well.
 */
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene } from "./scene.ts";

/** A batch holds four of them. */
const VALUE_BYTES = 1_000_000;

export function filledRoom(random: Random): Scene {
  const clients = 8;
  const batches = random.pick(["differing", "parted"]);
  // What a view chooses of it, and some lack, takes them some periods to fetch.
  const isLeft = batches === "differing";
  const requestMs = random.integer(250, 350);
  return {
    cluster: {
      requestMs,
      statusMs: isLeft ? 2 * requestMs : 100,
      clientMs: 200,
      clientCapMs: 800,
      operationTimeoutMs: 10_000,
      checkpointInterval: 16,
      window: 32,
      batchMax: 4,
      pipeline: isLeft ? 8 : 1,
      maxBatchDelayMs: 0,
    },
    load: { ratePerSecond: null, operationsMax: 32, clients, keys: clients, mix: { write: 1 } },
    chaosMs: 1_500,
    loadMs: 50,
    fsyncMaxMs: 0.5,
    paddingBytes: VALUE_BYTES,
    faults: [
      {
        fault: "byzantine",
        at: "0ms",
        for: "quiet",
        target: nameOf(0),
        behaviour: "left-bodies",
        parameters: { batches, honest: random.integer(2, 4), numbers: 31 },
      },
    ],
    ...(isLeft ? { viewsLeftMax: 1 } : {}),
  };
}
