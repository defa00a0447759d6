import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { localDriver } from "../drivers/local/driver.ts";
import { drivers } from "../drivers/registry.ts";
import { loadScenario } from "../scenario/load.ts";
import { executors } from "../workloads/registry.ts";
import { type DrawnScenario, type DrawOptions, drawScenarios } from "./draw-scenarios.ts";
import { expand } from "./expand.ts";
import { plannedBudget } from "./planned-budget.ts";
import { refuseUnoffered } from "./refusals.ts";

const vocabulary = { protocols, services, faults, executors };
const command = "bft-chaos draw";

function drawn(options: Partial<DrawOptions>): readonly DrawnScenario[] {
  const defaults = { seed: 1, count: 1, protocol: "pbft-sig", command };
  return drawScenarios({ ...defaults, ...options }, vocabulary);
}

const seeds = fc.nat({ max: 4_294_967_295 });

test("every drawn file loads, plans as it says, and asks nothing that the local driver lacks", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      for (const { name, text, plan } of drawn({ seed, count: 2 })) {
        const scenario = loadScenario({ text, file: `${name}.yaml` }, vocabulary);
        expect(expand(scenario, { vocabulary })).toEqual(plan);
        expect(() => refuseUnoffered(plan, localDriver, { faults, drivers })).not.toThrow();
        expect(text).toContain(`# Drawn by: ${command}`);
      }
    }),
    { numRuns: 25 },
  );
});

test("whoever leads, at no moment is a drawn scenario beyond the budget, and its quiet suffices", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      for (const { plan } of drawn({ seed, count: 2 })) {
        const { steps, tolerates } = plannedBudget(plan, faults);
        for (const { safety, unavailable, safetyOwed, livenessOwed } of steps) {
          expect(safety.length + unavailable).toBeLessThanOrEqual(tolerates.crashed);
          expect([safetyOwed, livenessOwed]).toEqual([true, true]);
        }
        expect(plan.phases.quietMs).toBeGreaterThan(plan.recoveryBound.totalMs);
        expect(plan.phases.quietMs).toBeLessThan(30_000);
      }
    }),
    { numRuns: 25 },
  );
});

test("a second is left for the heal of one fault before another one strikes somebody else", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const [{ plan } = { plan: null }] = drawn({ seed });
      if (plan === null) return;
      const entries = plan.entries.map((entry) => ({
        ...entry,
        durationMs: entry.durationMs + 1_000,
      }));
      const phases = { ...plan.phases, faultsMs: plan.phases.faultsMs + 1_000 };
      const { steps } = plannedBudget({ ...plan, entries, phases }, faults);
      expect(steps.every(({ livenessOwed }) => livenessOwed)).toBe(true);
    }),
    { numRuns: 25 },
  );
});

/** A new kind may do without `draw`; none of these may lose it. */
const DRAWN_BEFORE = [
  "partition",
  "delay",
  "bandwidth",
  "trickle",
  "reset",
  "cutoff",
  "crash",
  "pause",
  "rolling-restart",
  "power-cut",
  "byzantine",
];

describe("a drawn set", () => {
  const set = drawn({ seed: 7, count: 3 * faults.length });

  test("has every kind of fault that can be drawn, mostly n = 4, sometimes f = 2", () => {
    const kinds = new Set(set.flatMap(({ plan }) => plan.entries.map(({ fault }) => fault)));
    const drawable = faults.filter(({ draw }) => draw !== undefined).map(({ kind }) => kind);
    expect([...kinds].toSorted()).toEqual(drawable.toSorted());
    expect(drawable).toEqual(expect.arrayContaining(DRAWN_BEFORE));
    const sizes = set.map(({ plan }) => plan.cluster.parameters.replicas);
    expect(new Set(sizes)).toEqual(new Set([4, 7]));
    expect(sizes.filter((size) => size === 4).length).toBeGreaterThan(set.length / 2);
  });

  test("has several faults at the same moment, on one link or replica or more", () => {
    const overlapping = set.filter(({ plan: { entries } }) =>
      entries.some(({ id, atMs }) =>
        entries.some(
          (other) => other.id !== id && other.atMs <= atMs && atMs < other.atMs + other.durationMs,
        ),
      ),
    );
    expect(overlapping.length).toBeGreaterThan(set.length / 5);
  });

  test("leaves a liar alone while it lies, or nothing could prove the lie", () => {
    for (const { plan } of set) {
      for (const lie of plan.entries.filter(({ fault }) => fault === "byzantine")) {
        const meanwhile = plan.entries.filter(
          ({ id, atMs, durationMs }) =>
            id !== lie.id && atMs < lie.atMs + lie.durationMs && atMs + durationMs > lie.atMs,
        );
        expect(meanwhile).toEqual([]);
      }
    }
  });

  test("keeps to what a small machine plays in half a minute, and expects PASS of it", () => {
    for (const { plan } of set) {
      const { workload, phases, expect: expected, cluster } = plan;
      expect(plan.entries.length).toBeGreaterThan(0);
      expect(new Set(plan.entries.map(({ name }) => name)).size).toBeLessThanOrEqual(4);
      expect(workload.ratePerSecond).toBeLessThanOrEqual(100);
      expect(phases.faultsMs).toBeGreaterThanOrEqual(4_000);
      expect(phases.faultsMs).toBeLessThanOrEqual(8_000);
      expect(cluster.parameters.timers.requestMs).toBe(1_000);
      expect(expected.verdict).toBe("PASS");
      expect(expected.minOperations).toBeGreaterThanOrEqual(20);
    }
  });

  test("is the same for the same seed, begins the same however long it is, and has names of its own", () => {
    const again = drawn({ seed: 7, count: 5 });
    expect(again.map(({ text }) => text)).toEqual(set.slice(0, 5).map(({ text }) => text));
    expect(drawn({ seed: 8 })[0]?.text).not.toBe(again[0]?.text);
    expect(new Set(set.map(({ name }) => name)).size).toBe(set.length);
  });
});

test("f can be asked for, and one server alone gets only faults that it bears", () => {
  for (const { plan } of drawn({ f: 2, count: 3 })) {
    expect(plan.cluster.parameters).toMatchObject({ replicas: 7, faultsMax: 2 });
  }
  for (const { plan } of drawn({ protocol: "unreplicated", count: 3 })) {
    expect(plan.cluster.parameters).toMatchObject({ replicas: 1, faultsMax: 0 });
    expect(plan.entries.map(({ fault }) => fault)).toContain("delay");
  }
});

test("a size that the protocol cannot have is an error of the scenario", () => {
  expect(() => drawn({ protocol: "unreplicated", f: 1 })).toThrow(/tolerates 0/);
});
