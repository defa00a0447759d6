/** A thread that plays seeds of a protocol. */
import { parentPort, workerData } from "node:worker_threads";
import type { Assignment } from "./assignment.ts";
import { playFor, protocolPlayer } from "./seed-results.ts";

if (parentPort === null) throw new Error("explore starts this program as a thread");
// Its own program wrote it: `SeedThreads`.
playFor(parentPort, await protocolPlayer(workerData as Assignment));
