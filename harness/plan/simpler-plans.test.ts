import { expect, test } from "vitest";
import { pbftSig } from "../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { kv } from "../../nodes/services/kv.ts";
import { drawPlan } from "../drivers/simulation/draw-plan.ts";
import { shrink } from "./shrink.ts";
import { simplerPlans } from "./simpler-plans.ts";

const reductions = simplerPlans(pbftSig);
const drawn = (faults: number | null) =>
  Array.from({ length: 40 }, (_, seed) => drawPlan(seed, pbftSig, kv, { faults }));

test("where everything fails nothing is left but a cluster of four, one client and one request", () => {
  for (const plan of drawn(null)) {
    const options = { reductions, triesMax: 10_000 };
    const { smallest, isMinimal } = shrink(plan, () => true, options);
    expect(isMinimal).toBe(true);
    expect(smallest).toMatchObject({ entries: [], phases: { faultsMs: 0 } });
    expect(smallest.cluster.parameters).toMatchObject({ replicas: 4, faultsMax: 1 });
    expect(smallest.workload).toMatchObject({ clients: 1, keys: 1 });
    // Without it the load would go on for longer.
    expect(smallest.ending).toEqual({ loadMs: plan.ending?.loadMs });
    expect(smallest).not.toHaveProperty("simulation");
  }
});

test("a cluster made smaller has nobody left in any list who is not in it", () => {
  let seen = 0;
  for (const plan of drawn(2)) {
    const smaller = reductions
      .flatMap((reduction) => [...reduction(plan)])
      .filter(({ cluster }) => cluster.parameters.replicas === 4);
    for (const { entries, cluster } of smaller) {
      seen += 1;
      const lists = entries.filter(({ fault }) => fault !== "byzantine");
      expect(JSON.stringify([lists, cluster.rooms])).not.toMatch(/"r[4-6]"/);
    }
  }
  expect(seen).toBeGreaterThan(30);
});

test("what outlasts the faults, waits for an event or strikes several is tried without that", () => {
  const plan = drawPlan(1, pbftSig, kv);
  const kept = {
    id: "away",
    name: "away",
    fault: "crash",
    atMs: 100,
    durationMs: 50,
    resolved: { targets: ["r1", "r2"] },
    outlasts: true,
  } as const;
  const event = { event: "new-view", by: null, first: false, skip: 3, fromMs: 0, delayMs: 8 };
  const waiting = { ...kept, id: "soon", when: { kind: "event", ...event } } as const;
  const smaller = reductions
    .flatMap((reduction) => [...reduction({ ...plan, entries: [kept, waiting] })])
    .map(({ entries }) => entries);
  expect(smaller).toContainEqual([expect.not.objectContaining({ outlasts: true }), waiting]);
  expect(smaller).toContainEqual([{ ...kept, resolved: { targets: ["r2"] } }, waiting]);
  const fewer = { ...waiting, when: { ...waiting.when, skip: 0 } };
  expect(smaller).toContainEqual([kept, fewer]);
});
