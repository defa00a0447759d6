/** What work costs in a drawn plan (harness §7.5). */
import { operationWorkMs } from "../../plan/cpu-load.ts";
import type { DrawnLoad } from "./draw-world.ts";
import { shown } from "./drawn-faults.ts";
import { Random } from "./random.ts";

/** Of the randomness of a seed: with costs or without, the rest of its plan is the same. */
const STREAM = 71;
/** In so many plans work costs something. */
const COSTLY_SHARE = 0.4;
/** The fastest and the slowest Ed25519 that there is for Node. */
const VERIFICATION_MS = { min: 0.034, max: 0.8 };
/** Of the time of one CPU the load may need as much: a cluster that is overloaded owes nothing. */
const LOAD_SHARE = 0.25;
/** A closed loop goes as fast as it is answered. */
const CLOSED_LOOP_PER_SECOND = 60;

export function costKeys(
  seed: number,
  { load, replicas }: { readonly load: DrawnLoad; readonly replicas: number },
): Readonly<Record<string, unknown>> {
  const random = new Random(seed, STREAM);
  if (!random.chance(COSTLY_SHARE)) return {};
  const rate = load.ratePerSecond ?? CLOSED_LOOP_PER_SECOND;
  const bearableMs = (LOAD_SHARE * 1_000) / (rate * operationWorkMs(replicas, 1));
  const { min, max } = VERIFICATION_MS;
  // As many plans between 40 and 80 us as between 400 and 800.
  const drawnMs = min * (max / min) ** random.real(0, 1);
  const verificationMs = Math.max(min, Math.min(drawnMs, bearableMs));
  return {
    costs: {
      verification: shown(verificationMs),
      signature: shown(verificationMs * random.real(0.33, 0.42)),
      code: shown(random.real(0.001, 0.01)),
      frame: shown(random.real(0.005, 0.06)),
      carried: shown(random.real(0.001, 0.01)),
      hashed: shown(random.real(0.001, 0.005)),
      written: shown(random.real(0.002, 0.05)),
    },
  };
}
