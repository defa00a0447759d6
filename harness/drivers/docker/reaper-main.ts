/** The reaper of the docker driver: what it removes is at the engine and on this machine. */
import { machineLitter } from "../processes/machine-litter.ts";
import { reap } from "../processes/reap.ts";
import { Engine } from "./engine.ts";
import { litterAt } from "./engine-litter.ts";

// The run had an engine: one that does not answer now is busy, or starts again, and is asked until
// it does. It ends what the dead harness has asked it for, which may take it seconds.
await reap(process.argv[2], [machineLitter, litterAt(() => Engine.connect())], {
  calmMs: 3_000,
  deadlineMs: 120_000,
});
