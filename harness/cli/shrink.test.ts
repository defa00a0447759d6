import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandUnderTest } from "./command.fixture.ts";
import { register as registerExplore } from "./explore.ts";
import { register as registerRun } from "./run.ts";
import { register as registerShrink } from "./shrink.ts";

const command = commandUnderTest((program) => {
  for (const register of [registerExplore, registerRun, registerShrink]) register(program);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-shrinking-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a plan that was kept is made small beside itself", async () => {
  const bug = ["--mutant", "client-takes-first-reply", "--behaviour", "wrong-reply"];
  const seeds = ["--seed", "2", "--seeds", "1", "--no-shrink", "--out", folder];
  await command.run("explore", ...seeds, ...bug);
  const path = join(folder, "pbft-sig-seed-2.json");
  expect(await command.run("shrink", path)).toBe(0);
  expect(command.printed).toMatch(/small: .*it fails in 10 of 10 replays: .*\.small\.json/);
  const small = readFileSync(path.replace(".json", ".small.json"), "utf8");
  // What the bug needs: the liar, and somebody who asks.
  expect(JSON.parse(small)).toMatchObject({
    entries: [{ fault: "byzantine", resolved: { behaviour: "wrong-reply" } }],
  });
  expect(await command.run("shrink", path.replace(".json", ".small.json"))).toBe(0);
  expect(command.printed).toMatch(/small: nothing can go, \d+ reductions tried/);
  expect(readdirSync(folder)).toHaveLength(2);
  writeFileSync(path, readFileSync(path, "utf8").replace('"client-takes-first-reply"', "null"));
  await expect(command.run("shrink", path)).rejects.toThrow("there is nothing to shrink");
});

test("of a plan of the runtime there remains the mishap that its failure needs", async () => {
  const bug = ["--mutant", "no-fsync", "--seed", "4", "--seeds", "10", "--stop-at-first"];
  await command.run("explore", ...bug, "--no-shrink", "--out", folder);
  const [name = ""] = readdirSync(folder);
  const path = join(folder, name);
  expect(await command.run("shrink", path)).toBe(0);
  expect(command.printed).toMatch(/small: mishaps .*it fails in 10 of 10 replays: .*\.small\.json/);
  const small: unknown = JSON.parse(readFileSync(path.replace(".json", ".small.json"), "utf8"));
  expect(small).toMatchObject({
    part: "runtime",
    plan: { mishaps: [{ host: expect.anything() }] },
  });
  writeFileSync(path, readFileSync(path, "utf8").replace('"no-fsync"', "null"));
  await expect(command.run("shrink", path)).rejects.toThrow("there is nothing to shrink");
});

const SCENARIO = `
apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: to-shrink }
cluster: { mutant: client-takes-first-reply }
workload: { rate: 20/s, clients: 1, keys: 1 }
phases: { warmup: 0ms, faults: 1s, quiet: 6s }
faults:
  - { fault: delay, at: 100ms, for: 500ms, to: r1, latency: 20ms }
  - { fault: byzantine, at: 200ms, for: 800ms, target: r3, behaviour: wrong-reply }
expect: { verdict: FAIL, check: S-6 }
`;

/** Some fifty runs in the simulator: a busy machine takes its time for them. */
const TIMEOUT_MS = 180_000;

test("of a run's plan there remains what its failure needs, and the small run replays", {
  timeout: TIMEOUT_MS,
}, async () => {
  const file = join(folder, "to-shrink.yaml");
  writeFileSync(file, SCENARIO);
  const runs = join(folder, "runs");
  expect(await command.run("run", file, "--driver", "simulation", "--out", runs)).toBe(0);
  const out = join(folder, "small");
  expect(await command.run("shrink", join(runs, "to-shrink", "latest"), "--out", out)).toBe(0);
  expect(command.printed).toMatch(/small: faults 2 -> 1, .*it fails in 10 of 10 replays/);
  const [run = ""] = readdirSync(join(out, "to-shrink")).filter((name) => name !== "latest");
  const plan = readFileSync(join(out, "to-shrink", run, "plan.json"), "utf8");
  expect(JSON.parse(plan)).toMatchObject({ entries: [{ fault: "byzantine" }] });
});
