import { expect, test } from "vitest";
import { clusterWith, planWith, workloadWith } from "./plan.fixture.ts";
import type { Plan, PlanEntry } from "./plan.ts";
import { planDifferences } from "./same-plan.ts";

const entry = (given: Partial<PlanEntry> = {}): PlanEntry => ({
  id: "kill",
  name: "kill",
  fault: "crash",
  atMs: 500,
  durationMs: 3_000,
  resolved: { targets: ["r2"] },
  ...given,
});

const between = (one: Partial<Plan>, other: Partial<Plan>, ...varied: readonly string[]) =>
  planDifferences(planWith(one), planWith(other), new Set(varied));

test("plans of one scenario for two clusters of one size are the same", () => {
  const entries = [entry()];
  const other = { entries, cluster: clusterWith({ protocol: "unreplicated" }) };
  expect(between({ entries }, other)).toEqual({ refusals: [], notes: [], isLoadAlike: true });
});

test("another seed, load or time is refused by name, with both values", () => {
  const other = {
    seed: 2,
    workload: workloadWith({ clients: 9, mix: { null: 1 } }),
    phases: { warmupMs: 1_000, faultsMs: 9_000, quietMs: 15_000 },
  };
  expect(between({}, other).refusals).toEqual([
    "seed: 1 | 2",
    "workload.clients: 8 | 9",
    'workload.mix: {"write":0.5,"read":0.4,"cas":0.1} | {"null":1}',
    "phases.faultsMs: 8000 | 9000",
  ]);
});

test("a key of the load that only one side has is another load", () => {
  const script = { name: "load.js", text: "", sha256: "" };
  const { refusals } = between({}, { workload: workloadWith({ script }) });
  expect(refusals).toEqual([expect.stringContaining("workload.script: none | {")]);
});

test("what was varied on purpose is told, not refused", () => {
  const other = { workload: workloadWith({ clients: 9 }) };
  expect(between({}, other, "workload")).toEqual({
    refusals: [],
    notes: ["workload.clients: 8 | 9"],
    isLoadAlike: false,
  });
});

test("a load is alike where as much is offered in the same way, whatever the operations are", () => {
  const alike = (change: Partial<Plan["workload"]>) =>
    between({}, { workload: workloadWith(change) }, "workload").isLoadAlike;
  expect(alike({ keys: 1, skew: 1, mix: { null: 1 } })).toBe(true);
  for (const other of [{ ratePerSecond: 400 }, { executor: "bursts" }, { operationsMax: 9 }]) {
    expect(alike(other), JSON.stringify(other)).toBe(false);
  }
});

test("a fault at another time, or on one side only, is refused unless faults were varied", () => {
  const one = { entries: [entry(), entry({ id: "cut", fault: "partition" })] };
  const other = { entries: [entry({ atMs: 600 })] };
  const differences = [
    "the fault kill: crash at 500ms for 3s | crash at 600ms for 3s",
    "the fault cut: partition at 500ms for 3s | not there",
  ];
  expect(between(one, other).refusals).toEqual(differences);
  expect(between(one, other, "faults")).toMatchObject({ refusals: [], notes: differences });
});

test("another size and other targets are told", () => {
  const one = { entries: [entry()] };
  const other = {
    entries: [entry({ resolved: { targets: ["r5"] } })],
    cluster: clusterWith({}, { replicas: 7, faultsMax: 2 }),
  };
  expect(between(one, other)).toEqual({
    refusals: [],
    notes: ["n: 4 | 7", "f: 1 | 2", 'the fault kill: {"targets":["r2"]} | {"targets":["r5"]}'],
    isLoadAlike: true,
  });
});

test("a fault that says nothing to one of the protocols is told, with the reason", () => {
  const silent = entry({ resolved: null, notApplicable: "it has no primary" });
  expect(between({ entries: [entry()] }, { entries: [silent] }).notes).toEqual([
    "the fault kill: injected | not injected (it has no primary)",
  ]);
});
