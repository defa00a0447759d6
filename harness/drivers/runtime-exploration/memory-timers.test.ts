import { expect, test } from "vitest";
import { Random } from "../simulation/random.ts";
import { MemoryHost } from "./memory-host.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { memoryTimers } from "./memory-timers.ts";
import { World } from "./world.ts";

test.each([
  [5, 5],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31, 1],
  [-5, 1],
  [Number.NaN, 1],
])("a timer of %s ms expires after %s ms, as one of the machine does", async (ms, afterMs) => {
  const world = new World(new Random(1));
  // Nobody speaks, and no disk is touched.
  const host = new MemoryHost("x0", new MemoryNetwork(world, {} as never), {} as never);
  const sinceMs = world.nowMs;
  const expired: number[] = [];
  host.boot().turn(() => {
    memoryTimers.after(ms, () => expired.push(world.nowMs - sinceMs));
  });
  await world.run(2 ** 31);
  expect(expired).toEqual([afterMs]);
});
