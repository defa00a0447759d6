/** A thread that plays seeds: told which ones, it says of each what it came to. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type SeedOptions, type SeedResult, seedResult } from "../../drivers/simulation/explore.ts";
import { type Assignment, seedOptionsOf } from "./assignment.ts";
import type { SeedRange } from "./seed-results.ts";

async function main(port: MessagePort): Promise<void> {
  // Its own program wrote it: `SeedThreads`.
  const options = await seedOptionsOf(workerData as Assignment);
  port.on("message", (range: SeedRange) => port.postMessage(resultsOf(range, options)));
}

function resultsOf({ firstSeed, seeds }: SeedRange, options: SeedOptions): readonly SeedResult[] {
  return Array.from({ length: seeds }, (_, index) => seedResult(firstSeed + index, options));
}

if (parentPort === null) throw new Error("explore starts this program as a thread");
await main(parentPort);
