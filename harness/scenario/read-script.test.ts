import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { expand } from "../plan/expand.ts";
import { refuseUnoffered } from "../plan/refusals.ts";
import { executors } from "../workloads/registry.ts";
import { loadScenario } from "./load.ts";
import { readScript } from "./read-script.ts";
import { ScenarioError } from "./scenario.ts";

const vocabulary = { protocols, services, faults, executors };
const HEAD = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";
const TEXT = 'import { Client } from "k6/x/bft";\nexport default function () {}\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function planOf(workload: string) {
  const file = join(folder, "tried.yaml");
  const scenario = loadScenario({ text: `${HEAD}workload: ${workload}\n`, file }, vocabulary);
  return expand(scenario, { vocabulary, script: readScript(scenario, file) });
}

function complaints(workload: string): readonly string[] {
  try {
    planOf(workload);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

test("the plan has the script whole, found from the scenario's folder, and its digest", () => {
  mkdirSync(join(folder, "loads"));
  writeFileSync(join(folder, "loads", "load.js"), TEXT);
  const { workload } = planOf("{ generator: k6, script: loads/load.js, rate: 30/s }");
  expect(workload).toMatchObject({ executor: "k6", ratePerSecond: 30, mix: {} });
  expect(workload.script).toMatchObject({ name: "load.js", text: TEXT });
  expect(workload.script?.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test("a rate that nobody gave is none", () => {
  writeFileSync(join(folder, "load.js"), TEXT);
  expect(planOf("{ generator: k6, script: load.js }").workload.ratePerSecond).toBe(0);
});

test("what a script says is not said in the scenario, and a script needs its generator", () => {
  writeFileSync(join(folder, "load.js"), TEXT);
  const k6 = "generator: k6, script: load.js";
  expect(complaints("{ generator: k6 }")).toEqual(["k6 needs a script; write: script: load.js"]);
  expect(complaints("{ script: load.js }")).toEqual([
    "the generator built-in has no script; allowed: generator: k6, or no script",
  ]);
  for (const [key, value] of [
    ["mix", "{ write: 100% }"],
    ["operationsMax", "5"],
    ["executor", "closed-loop"],
    ["skew", "1"],
  ]) {
    expect(complaints(`{ ${k6}, ${key}: ${value} }`), key).toEqual([
      `with the generator k6 its script says that; allowed: no ${key}`,
    ]);
  }
});

test("a script that is not there, or not all there is, is refused", () => {
  expect(complaints("{ generator: k6, script: gone.js }")[0]).toMatch(/gone\.js.*ENOENT/);
  writeFileSync(join(folder, "load.js"), new Uint8Array([0xff]));
  expect(complaints("{ generator: k6, script: load.js }")[0]).toContain("no UTF-8");
  for (const line of [
    'import { keys } from "./keys.js";',
    'import "../keys.js";',
    'const { keys } = require("./keys.js");',
    'import { uuid } from "https://example.test/uuid.js";',
    'const keys = await import("/tmp/keys.js");',
  ]) {
    writeFileSync(join(folder, "load.js"), `${line}\n${TEXT}`);
    expect(complaints("{ generator: k6, script: load.js }")[0], line).toContain("load.js imports");
  }
});

test("a driver without k6 refuses it by name, and plays the built-in load", () => {
  writeFileSync(join(folder, "load.js"), TEXT);
  const driver = { name: "simulation", offers: [] };
  const byK6 = planOf("{ generator: k6, script: load.js }");
  expect(() => refuseUnoffered(byK6, driver, faults)).toThrow(
    "the driver simulation has no generator k6",
  );
  expect(() => refuseUnoffered(byK6, { ...driver, generators: ["k6"] }, faults)).not.toThrow();
  expect(() => refuseUnoffered(planOf("{}"), driver, faults)).not.toThrow();
});
