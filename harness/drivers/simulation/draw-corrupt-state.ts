/**
 * A state that goes wrong: on the disk of a replica that is down, or in one that runs. Whoever
 * holds it is one of those that may lie, so it has its turn where nobody else does, and takes
 * nothing of the randomness that others use.
 */
import type { Tolerance } from "../../../nodes/protocols/contract/protocol.ts";
import type { Stage, Strike } from "./drawn-faults.ts";
import { type Arena, anyone } from "./drawn-strikes.ts";
import { Random } from "./random.ts";
import { inTurn } from "./turns.ts";

const KIND = "corrupt-state";
export const CORRUPT_STATES = { share: 0.06, stride: 89 };
const STREAM = 75;

/** In so many it is found at a start, in the others at a checkpoint. */
const DOWN_SHARE = 0.7;
/** In so many of those a checkpoint has just become stable, so that its log has the proof of it. */
const STABLE_SHARE = 0.6;

export function drawCorruptState(
  seed: number,
  arena: Arena,
  { byzantine }: Tolerance,
): readonly Strike[] {
  if (byzantine === 0 || inTurn(seed, CORRUPT_STATES, [KIND]) === null) return [];
  const random = new Random(seed, STREAM);
  const fromMs = random.integer(100, Math.floor(arena.chaosMs * 0.6));
  if (!random.chance(DOWN_SHARE)) {
    const what = [{ fault: KIND, target: anyone(random, arena) }];
    return [{ when: { atMs: fromMs }, durationMs: null, what }];
  }
  const durationMs = random.integer(10, random.pick([100, 600]));
  const afterMs = random.integer(1, durationMs - 5);
  if (!random.chance(STABLE_SHARE)) {
    const target = anyone(random, arena);
    const what = [{ fault: "crash", target }];
    const after = [spoilt(target, afterMs)];
    return [{ when: { atMs: fromMs }, durationMs, what, after }];
  }
  const when = {
    event: "stable",
    fromMs,
    skip: random.integer(0, 3),
    delayMs: random.integer(0, 10),
  } as const;
  const what = [{ fault: "crash", target: "subject" }];
  return [{ when, durationMs, what, after: [spoilt("subject", afterMs)] }];
}

function spoilt(target: "subject" | readonly string[], afterMs: number): Stage {
  return { afterMs, durationMs: null, what: [{ fault: KIND, target }] };
}
