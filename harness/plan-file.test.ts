import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pbftSig } from "../nodes/protocols/pbft/variants/pbft-sig.ts";
import { kv } from "../nodes/services/kv.ts";
import { drawPlan } from "./drivers/simulation/draw-plan.ts";
import type { Plan } from "./plan/plan.ts";
import { readPlanFile, writePlanFile } from "./plan-file.ts";
import { ScenarioError } from "./scenario/scenario.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-plan-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const PLAN = drawPlan(2, pbftSig, kv);
const { parameters } = PLAN.cluster;

function withParameters(change: Readonly<Record<string, unknown>>): unknown {
  return { ...PLAN, cluster: { ...PLAN.cluster, parameters: { ...parameters, ...change } } };
}

function withFirst(change: Readonly<Record<string, unknown>>): unknown {
  const [first, ...others] = PLAN.entries;
  return { ...PLAN, entries: [{ ...first, ...change }, ...others] };
}

function problemsOf(edited: unknown): readonly string[] {
  const path = join(folder, "edited.json");
  writeFileSync(path, JSON.stringify(edited));
  try {
    readPlanFile(path);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.problems.map(({ path: where, message }) => `${where}: ${message}`);
  }
  return [];
}

test("what was written is read as it was", () => {
  const path = join(folder, "plan.json");
  writePlanFile(path, PLAN);
  expect<Plan>(readPlanFile(path)).toEqual(JSON.parse(JSON.stringify(PLAN)));
});

test.each<readonly [string, unknown, RegExp]>([
  [
    "no timers",
    withParameters({ timers: {} }),
    /^cluster\.parameters\.timers\.requestMs: .*missing/,
  ],
  [
    "a timer of nothing",
    withParameters({ timers: { ...parameters.timers, statusMs: 0 } }),
    /found 0/,
  ],
  [
    "fewer replicas than none",
    withParameters({ replicas: -1 }),
    /^cluster\.parameters\.replicas: .*-1/,
  ],
  ["too many", withParameters({ replicas: 1e6 }), /^cluster\.parameters\.replicas: .*1000000/],
  [
    "a window of none",
    withParameters({ window: null }),
    /^cluster\.parameters\.window: found nothing/,
  ],
  ["no cluster", { ...PLAN, cluster: null }, /^cluster: found nothing/],
  ["no world", { ...PLAN, simulation: null }, /^simulation: found nothing/],
  [
    "no wire",
    { ...PLAN, simulation: { ...PLAN.simulation, network: null } },
    /network: found nothing/,
  ],
  ["no faults", { ...PLAN, entries: null }, /^entries: found nothing/],
  ["nobody struck", withFirst({ resolved: null }), /^entries\[0\]\.resolved: found nothing/],
  ["no time", withFirst({ atMs: null }), /^entries\[0\]\.atMs: found nothing/],
  ["a time before the run", withFirst({ atMs: -5 }), /^entries\[0\]\.atMs: .*-5/],
  ["no trigger", withFirst({ when: null }), /^entries\[0\]\.when: found nothing/],
  [
    "clients of none",
    { ...PLAN, workload: { ...PLAN.workload, clients: 0 } },
    /clients: .*found 0/,
  ],
])("%s is told by its key, what was found, and what is allowed", (_what, edited, told) => {
  const [whole, ...problems] = problemsOf(edited);
  expect(whole).toMatch(/no plan/);
  expect(
    problems.some((problem) => told.test(problem)),
    problems.join("\n"),
  ).toBe(true);
});
