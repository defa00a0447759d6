/** The reaper of the joined driver: of a run there is only the client host, beside the harness. */

import { machineLitter } from "../processes/machine-litter.ts";
import { reap } from "../processes/reap.ts";

await reap(process.argv[2], [machineLitter], { calmMs: 1_000, deadlineMs: 60_000 });
