/** The reaper of the docker driver: what it removes is at the engine and on this machine. */
import { machineLitter } from "../processes/machine-litter.ts";
import { reap } from "../processes/reap.ts";
import { engineLitter } from "./engine-litter.ts";

// The engine ends what the dead harness has asked it for, which may take it seconds.
await reap(process.argv[2], [machineLitter, engineLitter], {
  calmMs: 3_000,
  deadlineMs: 120_000,
});
