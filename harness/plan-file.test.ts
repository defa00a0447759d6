import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pbftSig } from "../nodes/protocols/pbft/variants/pbft-sig.ts";
import { protocols } from "../nodes/registry.ts";
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

test("what is drawn for any protocol is read, whatever faults are in it", () => {
  const kinds = new Set<string>();
  for (const protocol of protocols) {
    for (let seed = 1; seed <= 20; seed += 1) {
      const drawn = drawPlan(seed, protocol, kv);
      expect(problemsOf(drawn), `${protocol.name}, seed ${seed}`).toEqual([]);
      for (const { fault } of drawn.entries) kinds.add(fault);
    }
  }
  expect(kinds.size).toBeGreaterThan(12);
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
  ["a time after the faults", withFirst({ atMs: 9e7 }), /^entries\[0\]\.atMs: .*allowed: within/],
  [
    "an event of no kind",
    withFirst({ when: { kind: "event", event: "view-chnge", delayMs: 0 } }),
    /^entries\[0\]\.when\.event: found "view-chnge"; did you mean "view-change"\?/,
  ],
  [
    "to wait for nobody",
    withFirst({ when: { kind: "after", entry: "nobody", delayMs: 0 } }),
    /^entries\[0\]\.when\.entry: found "nobody"; allowed: /,
  ],
  [
    "a protocol of no kind",
    { ...PLAN, cluster: { ...PLAN.cluster, protocol: "pbft-macc" } },
    /^cluster\.protocol: found "pbft-macc"; did you mean "pbft-mac"\?/,
  ],
  [
    "a service of no kind",
    { ...PLAN, cluster: { ...PLAN.cluster, service: { name: "kvs" } } },
    /^cluster\.service\.name: found "kvs"; did you mean "kv"\?/,
  ],
  [
    "a load of no kind",
    { ...PLAN, workload: { ...PLAN.workload, executor: "open" } },
    /^workload\.executor: found "open"; allowed: constant-arrival-rate, /,
  ],
  [
    "a verdict of no kind",
    { ...PLAN, expect: { ...PLAN.expect, verdict: "pass" } },
    /^expect\.verdict: found "pass"; did you mean "PASS"\?/,
  ],
  ["a fault of no kind", withFirst({ fault: "crahs" }), /^entries\[0\]\.fault: .*mean "crash"\?/],
  [
    "nobody to strike",
    withFirst({ fault: "crash", resolved: { target: "r1" } }),
    /^entries\[0\]\.resolved\.targets: is missing; allowed: a list$/,
  ],
  [
    "a key too many",
    withFirst({ fault: "crash", resolved: { targets: [], tagets: ["r1"] } }),
    /^entries\[0\]\.resolved\.tagets: unknown key; did you mean "targets"\? allowed: targets$/,
  ],
  [
    "somebody who is not there",
    withFirst({ fault: "crash", resolved: { targets: ["r1", "r99"] } }),
    /^entries\[0\]\.resolved\.targets\[1\]: found "r99"; .*allowed: r0, r1/,
  ],
  [
    "what a scenario would say",
    withFirst({ fault: "pause", resolved: { targets: ["random-f"] } }),
    /^entries\[0\]\.resolved\.targets\[0\]: found "random-f"; allowed: r0 and its like, /,
  ],
  [
    "a cut of no kind",
    withFirst({ fault: "partition", resolved: { shape: "isolate", isolated: [], semantics: "x" } }),
    /^entries\[0\]\.resolved\.semantics: found "x"; allowed: refuse, drop, hold$/,
  ],
  [
    "a condition of another kind",
    withFirst({
      fault: "cutoff",
      resolved: {
        links: { from: null, to: null, target: ["r1"] },
        condition: { kind: "reset", bytes: 9 },
      },
    }),
    /^entries\[0\]\.resolved\.condition\.kind: found "reset"; allowed: cutoff$/,
  ],
  [
    "a lie that nobody knows",
    withFirst({
      fault: "byzantine",
      resolved: { targets: ["r1"], behaviour: "slient", parameters: {} },
    }),
    /^entries\[0\]\.resolved\.behaviour: found "slient"; did you mean "silent"\?/,
  ],
  [
    "a parameter of another lie",
    withFirst({
      fault: "byzantine",
      resolved: { targets: ["r1"], behaviour: "silent", parameters: { victims: 1 } },
    }),
    /^entries\[0\]\.resolved\.parameters\.victims: .*no parameter of silent; allowed: none$/,
  ],
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
