import { expect, test } from "vitest";
import { DriverError } from "./driver.ts";
import { leftRuns } from "./left-runs.ts";
import type { LeftRun, Litter } from "./litter.ts";

function litter(find: () => Promise<readonly LeftRun[]>): Litter {
  return { find, residueOf: async () => [], remove: async () => [] };
}

const run: LeftRun = { runId: "20261129T000000Z-00000000", owner: "dead" };
const machine = litter(async () => [run]);

test("an engine that says nothing keeps nobody from what lies on this machine", async () => {
  const silence = new DriverError("NO_ENGINE", "the engine keeps silent");
  const engine = litter(() => Promise.reject(silence));
  expect(await leftRuns([engine, machine])).toEqual({
    runs: [run],
    answering: [machine],
    silent: [silence],
  });
});

test("a run that left something in two places is one run", async () => {
  expect((await leftRuns([machine, litter(async () => [run])])).runs).toEqual([run]);
});

test("a bug is not taken for a silent engine", async () => {
  const broken = litter(() => Promise.reject(new TypeError("it is undefined")));
  await expect(leftRuns([machine, broken])).rejects.toThrow(TypeError);
});

test("what was found stands in the order of the places, whichever answers first", async () => {
  const other: LeftRun = { runId: "20261129T000001Z-00000001", owner: "dead" };
  const answered = Promise.resolve([other]);
  const quick = litter(() => answered);
  const slow = litter(async () => {
    await answered;
    return [run];
  });
  const found = await leftRuns([slow, quick]);
  expect(found).toEqual({ runs: [run, other], answering: [slow, quick], silent: [] });
});
