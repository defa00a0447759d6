/** What `nodes/runtime/randomness.ts` offers, from the seed. */
import type * as realRandomness from "../../../nodes/runtime/randomness.ts";
import { runningProcess } from "./memory-process.ts";

function randomBytes(size: number): Buffer {
  const { random } = runningProcess().host.world;
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = random.integer(0, 255);
  return bytes;
}

export const memoryRandomness = {
  randomBytes,
  randomInt: (below: number) => runningProcess().host.world.random.integer(0, below - 1),
} satisfies Record<keyof typeof realRandomness, unknown>;
