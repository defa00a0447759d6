/** A thread that plays seeds of the runtime. */
import { parentPort, workerData } from "node:worker_threads";
import type { RuntimeAssignment } from "./runtime-assignment.ts";
import { playFor, runtimePlayer } from "./seed-results.ts";

if (parentPort === null) throw new Error("explore starts this program as a thread");
// Its own program wrote it: `SeedThreads`.
playFor(parentPort, await runtimePlayer(workerData as RuntimeAssignment));
