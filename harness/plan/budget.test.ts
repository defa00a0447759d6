import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FaultEffect, ProcessCondition } from "../../faults/fault.ts";
import type { LinkCondition } from "../../faults/link-condition.ts";
import type { WireCondition, WireKind } from "../../faults/wire-condition.ts";
import { type BudgetCluster, type BudgetStep, type BudgetWindow, budgetOf } from "./budget.ts";
import { countBits, largestGroup } from "./reach.ts";
import { endpointsOf } from "./targets.ts";

function clusterOf(replicas: number, changes: Partial<BudgetCluster> = {}): BudgetCluster {
  const faults = Math.floor((replicas - 1) / 3);
  return {
    ...endpointsOf({ replicas }),
    tolerates: { byzantine: faults, crashed: faults },
    requestMs: 1_000,
    load: { betweenReplicas: 4_096, requests: 4_096, replies: 4_096 },
    workMs: 20,
    durability: "group-commit",
    ...changes,
  };
}

const FOUR = clusterOf(4);

function process(replica: string, kind: ProcessCondition["kind"] = "down"): FaultEffect {
  return { on: "process", replica, condition: { kind } };
}

function throttled(replica: string, share: number): FaultEffect {
  return { on: "cpu", replica, condition: { kind: "quota", share } };
}

function link(from: string, to: string, condition: LinkCondition = { kind: "drop" }): FaultEffect {
  return { on: "network", from, to, condition };
}

function both(a: string, b: string, condition?: LinkCondition): readonly FaultEffect[] {
  return [link(a, b, condition), link(b, a, condition)];
}

function isolate(replica: string, cluster = FOUR): readonly FaultEffect[] {
  const others = [...cluster.replicas, ...cluster.clients].filter((other) => other !== replica);
  return others.flatMap((other) => both(replica, other));
}

/** The budget while these effects, and no others, are in force. */
function during(effects: readonly FaultEffect[], cluster = FOUR): BudgetStep {
  const { steps } = budgetOf(cluster, [{ fromMs: 0, toMs: Number.POSITIVE_INFINITY, effects }]);
  const [step] = steps;
  if (step === undefined) throw new RangeError("a timeline has at least one step");
  return step;
}

describe("C counts who cannot take part", () => {
  test("without faults everything is owed", () => {
    expect(budgetOf(FOUR, []).steps).toEqual([
      { fromMs: 0, safety: [], unavailable: 0, safetyOwed: true, livenessOwed: true },
    ]);
  });

  test.each([
    ["one down", [process("r0")], 1, true],
    ["one paused", [process("r3", "paused")], 1, true],
    ["two down", [process("r0"), process("r1")], 2, false],
    ["one isolated", isolate("r0"), 1, true],
    ["one link cut, one way only: either end may be left out", [link("r0", "r1")], 1, true],
    ["two links cut that share a replica", [link("r0", "r1"), link("r0", "r2")], 1, true],
    ["two links cut that share none", [link("r0", "r1"), link("r2", "r3")], 2, false],
    ["one down, another isolated", [process("r1"), ...isolate("r0")], 2, false],
    ["one down and isolated counts once", [process("r0"), ...isolate("r0")], 1, true],
  ] as const)("%s", (_, effects, unavailable, livenessOwed) => {
    expect(during(effects)).toMatchObject({ unavailable, livenessOwed, safetyOwed: true });
  });

  const wire = (kind: WireKind, more: Partial<WireCondition> = {}): FaultEffect => {
    return { on: "wire", from: "r0", to: "r1", condition: { kind, share: 0.01, ...more } };
  };
  test.each([
    ["a link that loses frames is as good as cut", [wire("loss")], 1],
    ["one that loses messages of one type, too", [wire("loss", { type: 3 })], 1],
    ["one on which they are late by more than is timely", [wire("lateness", { lateMs: 900 })], 1],
    ["one on which they are late by less", [wire("lateness", { lateMs: 9 })], 0],
    ["one that doubles them is timely", [wire("duplication")], 0],
    ["one on which they overtake each other is timely", [wire("reordering")], 0],
  ] as const)("%s", (_, effects, unavailable) => {
    expect(during(effects)).toMatchObject({ unavailable });
  });

  // 20 ms of work, the longest standstill on top, in a fifth of a second.
  test.each([
    ["one that keeps up with the load", [throttled("r0", 0.2)], 0, true],
    ["one that does not", [throttled("r0", 0.15)], 1, true],
    ["the smallest share counts", [throttled("r0", 0.5), throttled("r0", 0.1)], 1, true],
    ["one too slow and another down", [throttled("r0", 0.1), process("r1")], 2, false],
    ["too slow and down is one", [throttled("r0", 0.1), process("r0")], 1, true],
  ] as const)("of the throttled: %s", (_, effects, unavailable, livenessOwed) => {
    expect(during(effects)).toMatchObject({ unavailable, livenessOwed, safetyOwed: true });
  });

  test("what a throttled replica has to do in time decides, not its share alone", () => {
    const light = clusterOf(4, { workMs: 1 });
    expect(during([throttled("r0", 0.02)], light)).toMatchObject({ unavailable: 0 });
    const heavy = clusterOf(4, { workMs: 150 });
    expect(during([throttled("r0", 0.7)], heavy)).toMatchObject({ unavailable: 1 });
  });

  test("a split in halves leaves the larger half, or either", () => {
    const cut = ["r0", "r1"].flatMap((a) => ["r2", "r3"].flatMap((b) => both(a, b)));
    expect(during(cut)).toMatchObject({ unavailable: 2, livenessOwed: false });
  });

  test("seven replicas go on with two down and stop with three", () => {
    const seven = clusterOf(7);
    expect(during([process("r0"), process("r1")], seven).livenessOwed).toBe(true);
    const three = [process("r0"), process("r1"), process("r2")];
    expect(during(three, seven)).toMatchObject({ unavailable: 3, livenessOwed: false });
  });
});

describe("a link is timely below a fifth of the request timer", () => {
  test.each([
    [{ kind: "delay", latencyMs: 199, jitterMs: 0 }, 0],
    [{ kind: "delay", latencyMs: 200, jitterMs: 0 }, 1],
    [{ kind: "delay", latencyMs: 180, jitterMs: 20 }, 1],
    [{ kind: "bandwidth", kilobytesPerSecond: 100 }, 0],
    [{ kind: "bandwidth", kilobytesPerSecond: 10 }, 1],
    [{ kind: "trickle", bytes: 1_000, everyMs: 10 }, 0],
    [{ kind: "trickle", bytes: 10, everyMs: 10 }, 1],
    [{ kind: "cutoff", bytes: 100_000 }, 1],
    [{ kind: "reset" }, 1],
    [{ kind: "hold" }, 1],
  ] as const)("%o", (condition, unavailable) => {
    expect(during([link("r2", "r3", condition)]).unavailable).toBe(unavailable);
  });

  test("a limited link must carry what the scenario's own clients send, each way its own", () => {
    const heavy = clusterOf(4, {
      load: { betweenReplicas: 100_000, requests: 50_000, replies: 1_000 },
    });
    const slow: LinkCondition = { kind: "bandwidth", kilobytesPerSecond: 300 };
    expect(during([link("r2", "r3", slow)]).unavailable).toBe(0);
    expect(during([link("r2", "r3", slow)], heavy).unavailable).toBe(1);
    const toReplicas = heavy.replicas.map((replica) => link("c0", replica, slow));
    const fromReplicas = heavy.replicas.map((replica) => link(replica, "c0", slow));
    expect(during(toReplicas, heavy).livenessOwed).toBe(true);
    const slower: LinkCondition = { kind: "bandwidth", kilobytesPerSecond: 200 };
    const both = (links: typeof toReplicas) =>
      links.map((one) => (one.on === "network" ? { ...one, condition: slower } : one));
    expect(during(both(toReplicas), heavy).livenessOwed).toBe(false);
    expect(during(both(fromReplicas), heavy).livenessOwed).toBe(true);
  });

  test("delays of one link add up, those of different links do not", () => {
    const delay: LinkCondition = { kind: "delay", latencyMs: 120, jitterMs: 0 };
    expect(during([link("r2", "r3", delay), link("r2", "r3", delay)]).unavailable).toBe(1);
    expect(during([link("r2", "r3", delay), link("r3", "r2", delay)]).unavailable).toBe(0);
  });
});

describe("clients", () => {
  test("a client that reaches only 2f replicas is owed nothing, although C is 0", () => {
    const cut = [...both("c0", "r0"), ...both("c0", "r1")];
    expect(during(cut)).toMatchObject({ unavailable: 0, livenessOwed: false });
  });

  test("a client that lost one replica is owed an answer", () => {
    expect(during(both("c0", "r0"))).toMatchObject({ unavailable: 0, livenessOwed: true });
  });

  test("of several largest groups the one the clients reach counts", () => {
    // {r1, r2, r3} and {r0, r2, r3} are equally large; the client reaches only the first in full.
    expect(during([link("r0", "r1"), ...both("c0", "r0")])).toMatchObject({
      unavailable: 1,
      livenessOwed: true,
    });
  });
});

describe("a protocol that tolerates crashes only", () => {
  const majority = clusterOf(5, { tolerates: { byzantine: 0, crashed: 2 } });
  const lie: FaultEffect = { on: "behaviour", replica: "r0", behaviour: "silent", parameters: {} };

  test("goes on without f replicas", () => {
    const two = during([process("r0"), process("r1")], majority);
    expect(two).toMatchObject({ safetyOwed: true, livenessOwed: true });
  });

  test("promises nothing once one has lied, although no more than f are out of order", () => {
    expect(during([lie], majority)).toMatchObject({ safetyOwed: false, livenessOwed: false });
  });
});

describe("B", () => {
  const liar: FaultEffect = {
    on: "behaviour",
    replica: "r3",
    behaviour: "wrong-reply",
    parameters: {},
  };

  test("never shrinks: what lied once has signed what it signed", () => {
    const { steps } = budgetOf(FOUR, [{ fromMs: 100, toMs: 200, effects: [liar] }]);
    expect(steps.map(({ fromMs, safety }) => [fromMs, safety])).toEqual([
      [0, []],
      [100, ["r3"]],
    ]);
  });

  test("a replica in B is not counted in C as well", () => {
    expect(during([liar, process("r3")])).toMatchObject({
      safety: ["r3"],
      unavailable: 0,
      livenessOwed: true,
    });
    expect(during([liar, process("r0")])).toMatchObject({ unavailable: 1, livenessOwed: false });
  });

  test("more than f of them and not even safety is owed", () => {
    const second: FaultEffect = { ...liar, replica: "r0" };
    expect(during([liar, second])).toMatchObject({ safetyOwed: false, livenessOwed: false });
  });

  test("a kill without durability is amnesia, a pause is not", () => {
    const forgetful = clusterOf(4, { durability: "none" });
    expect(during([process("r0")], forgetful)).toMatchObject({ safety: ["r0"], unavailable: 0 });
    expect(during([process("r0", "paused")], forgetful)).toMatchObject({
      safety: [],
      unavailable: 1,
    });
  });
});

test("steps change only where the budget does, overlapping windows add up", () => {
  const { steps } = budgetOf(FOUR, [
    { fromMs: 100, toMs: 300, effects: [process("r0")] },
    { fromMs: 200, toMs: 400, effects: [process("r1")] },
    { fromMs: 300, toMs: 500, effects: [process("r0")] },
    {
      fromMs: 100,
      toMs: 600,
      effects: [link("r2", "r3", { kind: "delay", latencyMs: 1, jitterMs: 0 })],
    },
  ]);
  expect(
    steps.map(({ fromMs, unavailable, livenessOwed }) => [fromMs, unavailable, livenessOwed]),
  ).toEqual([
    [0, 0, true],
    [100, 1, true],
    [200, 2, false],
    [400, 1, true],
    [500, 0, true],
  ]);
});

test("a single server is owed everything while it runs and nothing while it is down", () => {
  const one = clusterOf(1);
  expect(during([], one).livenessOwed).toBe(true);
  expect(during([process("r0")], one)).toMatchObject({ unavailable: 1, livenessOwed: false });
});

const anyCluster = fc.integer({ min: 1, max: 8 }).map((replicas) => clusterOf(replicas));

function anyEffects(cluster: BudgetCluster): fc.Arbitrary<readonly FaultEffect[]> {
  const replica = fc.constantFrom(...cluster.replicas);
  const anyLink = fc
    .tuple(replica, fc.constantFrom(...cluster.replicas, ...cluster.clients), fc.boolean())
    .filter(([a, b]) => a !== b)
    .map(([a, b, turned]) => (turned ? link(b, a) : link(a, b)));
  const stopped = replica.map((name) => process(name));
  const one = cluster.replicas.length > 1 ? fc.oneof(anyLink, stopped) : stopped;
  return fc.array(one, { maxLength: 10 });
}

const anyCase = anyCluster.chain((cluster) =>
  fc.record({
    cluster: fc.constant(cluster),
    effects: anyEffects(cluster),
    more: anyEffects(cluster),
  }),
);

test("S is exactly the largest set that a search over all subsets finds", () => {
  fc.assert(
    fc.property(anyCase, ({ cluster, effects }) => {
      const n = cluster.replicas.length;
      const stopped = new Set(effects.flatMap((e) => (e.on === "process" ? e.replica : [])));
      const cut = new Set(effects.flatMap((e) => (e.on === "network" ? `${e.from} ${e.to}` : [])));
      const together = (members: readonly string[]) =>
        members.every(
          (a) => !stopped.has(a) && members.every((b) => a === b || !cut.has(`${a} ${b}`)),
        );
      let largest = 0;
      for (let mask = 0; mask < 1 << n; mask += 1) {
        const members = cluster.replicas.filter((_, id) => (mask & (1 << id)) !== 0);
        if (together(members)) largest = Math.max(largest, members.length);
      }
      expect(n - during(effects, cluster).unavailable).toBe(largest);
    }),
  );
});

test("more effects never make more owed or fewer unavailable", () => {
  fc.assert(
    fc.property(anyCase, ({ cluster, effects, more }) => {
      const less = during(effects, cluster);
      const all = during([...effects, ...more], cluster);
      expect(all.unavailable).toBeGreaterThanOrEqual(less.unavailable);
      expect(less.livenessOwed || !all.livenessOwed).toBe(true);
    }),
  );
});

test("the timeline at any moment is the budget of what is active then", () => {
  const anyWindows = fc.array(
    fc.record({ fromMs: fc.nat(20), lasts: fc.nat(20), effects: anyEffects(FOUR) }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(anyWindows, fc.nat(40), (drafts, atMs) => {
      const windows: BudgetWindow[] = drafts.map(({ fromMs, lasts, effects }) => ({
        fromMs,
        toMs: fromMs + lasts,
        effects,
      }));
      const step = budgetOf(FOUR, windows).steps.findLast(({ fromMs }) => fromMs <= atMs);
      const active = windows.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
      const expected = during(active.flatMap(({ effects }) => effects));
      expect({ ...step, fromMs: 0 }).toEqual(expected);
    }),
  );
});

test("the largest group is found at once for the largest cluster there may be", () => {
  // Ten triangles without an edge to leave out: 3^10 maximal groups.
  const all = 2 ** 30 - 1;
  const mutual = Array.from({ length: 30 }, (_, id) => all & ~(0b111 << (id - (id % 3))));
  const group = largestGroup({ mutual, running: all, clients: [] });
  expect(group).toEqual({ size: 10, reachedByAll: 10 });
  expect(countBits(all)).toBe(30);
});
