/** The reaper of the local driver: what it removes is on this machine. */

import { machineLitter } from "../processes/machine-litter.ts";
import { reap } from "../processes/reap.ts";

await reap(process.argv[2], [machineLitter], { calmMs: 1_000, deadlineMs: 60_000 });
