import { expect, test } from "vitest";
import { killAnywhere } from "./kill-anywhere.bench.ts";
import { WITHOUT_SETPRIV } from "./local-run.fixture.ts";

/** Within the faults phase of an unhurried run: a machine that is busy is killed a little earlier. */
const LATEST_MS = 4_500;

const seed = Number(process.env["BFT_CHAOS_KILL_SEED"] ?? "1");

test("nothing is left, whoever is killed at whatever moment", async () => {
  const killings = await killAnywhere({
    count: 3,
    seed,
    latestMs: LATEST_MS,
    victims: ["harness", "harness+toxiproxy", "reaper"],
  });
  expect(killings.map(({ victim, left }) => ({ victim, left }))).toEqual([
    { victim: "harness", left: [] },
    { victim: "harness+toxiproxy", left: [] },
    { victim: "reaper", left: [] },
  ]);
}, 180_000);

test("with harness and reaper dead no process is left, and clean removes the folder", async () => {
  const killings = await killAnywhere({
    count: 2,
    seed,
    latestMs: LATEST_MS,
    victims: ["harness+reaper"],
    deadlineMs: 1_000,
  });
  for (const { left, leftAfterClean } of killings) {
    expect(left.filter((line) => !line.startsWith("folder "))).toEqual([]);
    expect(leftAfterClean).toEqual([]);
  }
}, 180_000);

test("where the kernel does not help, everything is left then, is seen, and clean removes it", async () => {
  const [killing] = await killAnywhere({
    count: 1,
    seed,
    latestMs: 0,
    hasBegun: true,
    victims: ["harness+reaper"],
    deadlineMs: 1_000,
    env: WITHOUT_SETPRIV,
  });
  expect(killing?.cleanAfterMs).toBeNull();
  expect(killing?.left).toContainEqual(expect.stringMatching(/^process \d+: /));
  expect(killing?.left).toContainEqual(expect.stringMatching(/^folder /));
  expect(killing?.leftAfterClean).toEqual([]);
}, 180_000);
