import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { faults } from "../../faults/registry.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import { unreplicated } from "../../nodes/protocols/unreplicated/unreplicated.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { drivers } from "../drivers/registry.ts";
import type { ExecutorWords } from "../scenario/executor-words.ts";
import { loadScenario } from "../scenario/load.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import type { ScenarioVocabulary } from "../scenario/vocabulary.ts";
import { executors } from "../workloads/registry.ts";
import { expand } from "./expand.ts";
import { planWith } from "./plan.fixture.ts";
import type { Plan } from "./plan.ts";
import { plannedBudget } from "./planned-budget.ts";
import { refuseUnoffered } from "./refusals.ts";
import { usualSimulation } from "./simulation.ts";

const VOCABULARY: ScenarioVocabulary = { protocols, services, faults, executors };
const offered = { faults, drivers };
const HEAD = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";

function planOf(text: string, seed?: number, vocabulary = VOCABULARY): Plan {
  const scenario = loadScenario({ text: `${HEAD}${text}`, file: "tried.yaml" }, vocabulary);
  return expand(scenario, { seed, vocabulary });
}

function complaints(text: string, seed?: number): readonly string[] {
  try {
    planOf(text, seed);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split("\n");
    throw error;
  }
}

test("every default is filled in", () => {
  const { cluster, workload, recoveryBound, ...plain } = planWith({ scenario: "tried" });
  expect(planOf("")).toEqual({
    ...plain,
    cluster: {
      ...cluster,
      messages: {
        sizes: expect.objectContaining({ PREPARE: 145 }),
        load: { betweenReplicas: 100_454, requests: 5_520, replies: 5_160 },
        workMs: 76.8,
        viewChangeVerifications: 2_579,
      },
    },
    workload: { ...workload, seed: expect.any(Number) },
    recoveryBound: { ...recoveryBound, parts: expect.any(Object) },
  });
});

test("the simulated world is part of the plan where the scenario says something about it", () => {
  const wire = { delayMinMs: 0.1, delayMaxMs: 0.6, loss: 0, duplication: 0, reordering: 0 };
  const usual = { ...wire, reconnectMaxMs: 250, queueMax: 1_000 };
  expect(planOf("")).not.toHaveProperty("simulation");
  expect(planOf("simulation: {}\n").simulation).toEqual(usualSimulation);
  const { simulation } = planOf(
    "simulation: { network: { loss: 2%, delayMax: 9ms }, calm: {}, disk: { fsyncMax: 20ms }, padding: 4KB }\n",
  );
  expect(simulation).toEqual({
    network: { ...usual, loss: 0.02, delayMaxMs: 9 },
    calm: usual,
    disk: { fsyncMinMs: 0.2, fsyncMaxMs: 20 },
    paddingBytes: 4_000,
    signatures: "fast",
  });
  expect(complaints("simulation: { network: { delayMin: 1ms } }\n")).toEqual([
    expect.stringContaining("simulation.network.delayMax"),
  ]);
});

test("a fault of single frames is refused by name where links are real", () => {
  const plan = planOf("faults: [{ name: rain, fault: loss, at: 1s, for: 1s, share: 5% }]\n");
  expect(() => refuseUnoffered(plan, { name: "local", offers: ["network"] }, offered)).toThrow(
    "rain: loss needs a hold on each single frame of a link, which the driver local has not; " +
      "allowed: --driver simulation",
  );
});

test("defaults follow the service, the protocol and the executor", () => {
  const idle = planOf(
    "cluster: { protocol: unreplicated, service: { name: null, argumentBytes: 4KiB } }\n" +
      "workload: { executor: closed-loop, operationsMax: 9 }\n",
  );
  expect(idle.cluster).toMatchObject({
    service: { name: "null", argumentBytes: 4_096, resultBytes: 0 },
    parameters: { replicas: 1, faultsMax: 0 },
  });
  expect(idle.workload).toMatchObject({ mix: { null: 1 }, ratePerSecond: 0, operationsMax: 9 });
});

test("an executor's own keys go into the plan as it says", () => {
  const bursts: ExecutorWords = {
    name: "bursts",
    summary: "so many at once, once a second",
    schema: z.strictObject({ burst: z.int().optional().describe("arrivals at once") }),
    offered: ({ burst }) => ({
      ratePerSecond: Number(burst),
      operationsMax: null,
      settings: { burst },
    }),
  };
  const words = { ...VOCABULARY, executors: [...VOCABULARY.executors, bursts] };
  expect(planOf("workload: { executor: bursts, burst: 9 }", 1, words).workload).toMatchObject({
    executor: "bursts",
    ratePerSecond: 9,
    operationsMax: null,
    settings: { burst: 9 },
  });
  expect(() => planOf("workload: { burst: 9 }", 1, words)).toThrow(
    "constant-arrival-rate has no burst; allowed: executor: bursts, or no burst",
  );
  expect(() => planOf("workload: { executor: burts }", 1, words)).toThrow('did you mean "bursts"?');
});

test("n and f each give the other", () => {
  expect(planOf("cluster: { f: 2 }").cluster.parameters).toMatchObject({
    replicas: 7,
    faultsMax: 2,
  });
  expect(planOf("cluster: { n: 7 }").cluster.parameters).toMatchObject({
    replicas: 7,
    faultsMax: 2,
  });
});

test("f counts the crashed; how many may lie is the protocol's", () => {
  const crashOnly: Protocol = {
    ...unreplicated,
    name: "crash-only",
    replicasFor: (faults) => 2 * faults + 1,
    tolerates: (replicas) => ({ byzantine: 0, crashed: Math.floor((replicas - 1) / 2) }),
  };
  const words = { ...VOCABULARY, protocols: [...protocols, crashOnly] };
  const { cluster } = planOf("cluster: { protocol: crash-only, f: 2 }", 1, words);
  expect(cluster.parameters).toMatchObject({ replicas: 5, faultsMax: 2 });
  expect(cluster.tolerates).toEqual({ byzantine: 0, crashed: 2 });
});

const STORM = `cluster: { f: 2 }
phases: { faults: 12s, quiet: 60s }
faults:
  - { name: slow, fault: delay, at: 6s, for: 2s, latency: 40ms, spread: 20ms, jitter: 2ms }
  - { name: kill, fault: crash, at: 1s, for: 1s, target: random-f }
  - { name: cut, fault: partition, at: 1s, for: 3s, isolate: [primary, backup], semantics: hold }
  - { name: ring, fault: partition, at: 9s, for: 1s, topology: ring }
  - { name: roll, fault: rolling-restart, at: 2s, down: 400ms, pause: 600ms }
`;

test("a plan is plain data, ordered by time, one entry per window", () => {
  const { entries } = planOf(STORM);
  expect(entries.map(({ id, name, atMs, durationMs }) => [id, name, atMs, durationMs])).toEqual([
    ["kill", "kill", 1_000, 1_000],
    ["cut", "cut", 1_000, 3_000],
    ...[1, 2, 3, 4].map((k) => [`roll#${k}`, "roll", 1_000 + k * 1_000, 400]),
    ["slow", "slow", 6_000, 2_000],
    ["roll#5", "roll", 6_000, 400],
    ["roll#6", "roll", 7_000, 400],
    ["roll#7", "roll", 8_000, 400],
    ["ring", "ring", 9_000, 1_000],
  ]);
  expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
});

test("the same scenario and seed give the same plan, byte for byte", () => {
  fc.assert(
    fc.property(fc.nat(4_294_967_295), (seed) => {
      expect(JSON.stringify(planOf(STORM, seed))).toBe(JSON.stringify(planOf(STORM, seed)));
    }),
    { numRuns: 20 },
  );
});

test("another seed draws other targets, and the seed given wins over the scenario's", () => {
  const plans = Array.from({ length: 20 }, (_, seed) => planOf(STORM, seed));
  expect(plans.map((plan) => plan.seed)).toEqual(plans.map((_, seed) => seed));
  for (const name of ["kill", "cut", "slow", "ring"]) {
    const drawn = plans.map((plan) => JSON.stringify(plan.entries.find(({ id }) => id === name)));
    expect(new Set(drawn).size).toBeGreaterThan(5);
  }
});

test("what does not replay is said", () => {
  expect(planOf(STORM).caveats.toSorted()).toEqual([
    "cut: whom it strikes depends on who leads when it begins",
    "slow: jitter is drawn while it runs and does not replay",
  ]);
});

describe("what only the plan can see is refused with its place", () => {
  test.each([
    [
      "a replica that is not there",
      "faults: [{ fault: crash, at: 1s, for: 1s, target: [r0, r9] }]",
      /^tried\.yaml:4:43: faults\[0\]\.target: found "r9"; did you mean "r0"\? allowed: primary,/,
    ],
    [
      "a replica that is not there, inside a group",
      "faults: [{ fault: partition, at: 1s, for: 1s, groups: [[r0, r1], [r2, nobody]] }]",
      /faults\[0\]\.groups: found "nobody"; allowed:/,
    ],
    [
      "random-f where f is 0",
      "cluster: { protocol: unreplicated }\nfaults: [{ fault: crash, at: 1s, for: 1s, target: random-f }]",
      /faults\[0\]\.target: random-f is nobody: f is 0/,
    ],
    [
      "windows that outlive the phase",
      "faults: [{ fault: rolling-restart, at: 1s, down: 1s, pause: 2s }]",
      /faults\[0\]: rolling-restart#4 ends at 11s; allowed: within phases\.faults, 8s/,
    ],
    [
      "a fault that strikes nothing",
      "faults: [{ fault: delay, at: 1s, for: 1s, from: clients, to: clients, latency: 5ms }]",
      /faults\[0\]: strikes nothing/,
    ],
    [
      "a kill of a client host",
      "faults: [{ fault: crash, at: 1s, for: 1s, target: clients }]",
      /faults\[0\]: strikes replicas, and c0 is a client host/,
    ],
    [
      "a link fault without proxies",
      "cluster: { links: direct }\nfaults: [{ fault: delay, at: 1s, for: 1s, latency: 5ms }]",
      /faults\[0\]: strikes links, and cluster\.links is direct/,
    ],
    [
      "the restart of a replica with amnesia",
      "cluster: { durability: none }\nfaults: [{ fault: crash, at: 1s, for: 1s, target: r0 }]",
      /faults\[0\]: kills and restarts a replica that writes nothing/,
    ],
    [
      "a quiet phase shorter than the recovery bound, which is printed with its parts",
      "phases: { quiet: 4s }",
      /^tried\.yaml:4:11: phases\.quiet: found 4s; allowed: at least the recovery bound, 4\.97s \(clientBackoff 2s \+ .*\); write: quiet: 5s$/,
    ],
  ])("%s", (_, text, complaint) => {
    const found = complaints(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(complaint);
  });

  test("all of it at once", () => {
    const text =
      "phases: { quiet: 1s }\nfaults:\n" +
      "  - { fault: crash, at: 1s, for: 1s, target: r9 }\n" +
      "  - { fault: crash, at: 1s, for: 1s, target: clients }\n";
    expect(complaints(text).map((line) => line.split(": ")[1])).toEqual([
      "faults[0].target",
      "faults[1]",
      "phases.quiet",
    ]);
  });

  test("a pause without durability is no amnesia", () => {
    const text =
      "cluster: { durability: none }\nfaults: [{ fault: pause, at: 1s, for: 1s, target: r0 }]";
    expect(complaints(text)).toEqual([]);
  });

  test("a seed that is none", () => {
    expect(complaints("", 1.5)).toEqual([
      "--seed: found 1.5; allowed: a whole number from 0 to 4294967295",
    ]);
  });
});

test("a driver that lacks a control is refused by name before anything starts", () => {
  const plan = planOf(STORM);
  const all = { name: "local", offers: ["network", "process"] } as const;
  expect(() => refuseUnoffered(plan, all, offered)).not.toThrow();
  const half = { name: "half", offers: ["network"] } as const;
  expect(() => refuseUnoffered(plan, half, offered)).toThrow(
    "tried: kill: crash needs a hold on the processes of replicas, which the driver half has not; " +
      "allowed: --driver local or docker or simulation\n" +
      "tried: roll: rolling-restart needs a hold on the processes of replicas, which the driver half",
  );
});

test("what a driver lacks on this machine alone is refused with the reason", () => {
  const plan = planOf("faults: [{ name: slow, fault: throttle, at: 1s, target: r1, share: 40% }]");
  const lacks = { cpu: "this kernel shows no control groups for CPU time" };
  const driver = { name: "local", offers: ["network"], lacks } as const;
  expect(() => refuseUnoffered(plan, driver, offered)).toThrow(
    "tried: slow: throttle needs a hold on the CPU time of replicas, which the driver local has " +
      "not here: this kernel shows no control groups for CPU time; " +
      "allowed: --driver docker or simulation",
  );
});

test("nothing waits for an event that its driver does not hear of", () => {
  const plan = planOf(`faults:
  - { name: cut, fault: partition, isolate: r1, for: 1s, when: { event: view-change } }
  - { name: next, fault: partition, isolate: r2, when: { healed: cut } }
`);
  const hearing = { name: "local", offers: ["network"] } as const;
  expect(() => refuseUnoffered(plan, hearing, offered)).not.toThrow();
  const deaf = { ...hearing, name: "joined", isDeaf: true } as const;
  expect(() => refuseUnoffered(plan, deaf, offered)).toThrow(
    "tried: cut: waits for view-change, and the driver joined hears nothing of what happens in " +
      "its cluster; allowed: at, after and healed",
  );
});

describe("the recovery bound", () => {
  function boundOf(text: string) {
    return planOf(`${text}\n`).recoveryBound;
  }

  test("is the sum of its parts, all from the scenario's own timers", () => {
    const timers = "timers: { request: 2s, status: 100ms, clientCap: 3s }";
    expect(boundOf(`cluster: { ${timers} }`)).toEqual({
      totalMs: 7_870,
      parts: {
        clientBackoff: 3_000,
        transportBackoff: 250,
        requestTimer: 2_000,
        badPrimaries: 2_000,
        resend: 200,
        messages: 110,
        verifications: 310,
      },
    });
  });

  test("counts f bad primaries in a row, each with a doubled timer", () => {
    expect(boundOf("cluster: { f: 3 }").parts["badPrimaries"]).toBe(7_000);
  });

  test("does not grow with the faults, however long and many they are", () => {
    const crash = (lasts: string, target: string) =>
      `phases: { faults: 90s, quiet: 60s }\nfaults: [{ fault: crash, at: 1s, for: ${lasts}, target: ${target} }]`;
    const bounds = ["500ms", "10s", "60s"].flatMap((lasts) =>
      ["primary", "[r0, r1, r2, r3]"].map((target) => boundOf(crash(lasts, target)).totalMs),
    );
    expect(new Set(bounds)).toEqual(new Set([4_970]));
  });

  test("includes delays that stay while liveness is owed, and no others", () => {
    const delayed = (latency: string) =>
      boundOf(`faults: [{ fault: delay, at: 1s, for: 1s, latency: ${latency} }]`).parts["messages"];
    expect(delayed("40ms")).toBe(11 * 50);
    expect(delayed("900ms")).toBe(11 * 10);
  });

  test("includes what a throttled replica that keeps up takes longer, and no other", () => {
    const throttled = (share: string) =>
      boundOf(
        `workload: { rate: 20/s }\nfaults: [{ fault: throttle, at: 1s, for: 1s, target: r1, share: ${share} }]`,
      ).parts["throttled"];
    // 110 ms of messages and 310 ms of verifications once more, and 11 standstills of 50 ms.
    expect(throttled("50%")).toBe(420 + 11 * 50);
    expect(throttled("5%")).toBeUndefined();
  });

  test("of a single server has no view change in it", () => {
    expect(boundOf("cluster: { protocol: unreplicated }")).toEqual({
      totalMs: 2_300,
      parts: { clientBackoff: 2_000, transportBackoff: 250, messages: 50 },
    });
  });
});

describe("the budget of a plan", () => {
  function budgetOfPlan(text: string) {
    const plan = planOf(`phases: { quiet: 60s }\n${text}\n`);
    const { steps, upperBound } = plannedBudget(plan, faults);
    const counts = steps.map(({ fromMs, unavailable, livenessOwed }) => [
      fromMs,
      unavailable,
      livenessOwed,
    ]);
    return { counts, upperBound };
  }

  test("is exact where all targets have names", () => {
    expect(budgetOfPlan("faults: [{ fault: crash, at: 1s, for: 2s, target: [r0, r1] }]")).toEqual({
      counts: [
        [0, 0, true],
        [1_000, 2, false],
        [3_000, 0, true],
      ],
      upperBound: false,
    });
  });

  test("takes the worst case of a symbolic target: the primary may be another than r0", () => {
    const text =
      "faults:\n  - { fault: crash, at: 1s, for: 2s, target: r0 }\n  - { fault: pause, at: 2s, for: 2s, target: primary }";
    expect(budgetOfPlan(text)).toEqual({
      counts: [
        [0, 0, true],
        [1_000, 1, true],
        [2_000, 2, false],
        [3_000, 1, true],
        [4_000, 0, true],
      ],
      upperBound: true,
    });
  });

  test("gives up on counting ways and takes everything when there are too many", () => {
    const pauses = Array.from(
      { length: 7 },
      () => "{ fault: pause, at: 1s, for: 1s, target: backup }",
    );
    const { counts } = budgetOfPlan(`faults: [${pauses.join(", ")}]`);
    expect(counts).toEqual([
      [0, 0, true],
      [1_000, 4, false],
      [2_000, 0, true],
    ]);
  });
});

describe("an operator's entries", () => {
  const shift = (errors: string, more = "") =>
    planOf(
      `phases: { faults: 20s }\nfaults:\n  - { name: ted, fault: ted, at: 1s, errors: [${errors}], ` +
        `guards: [two-person] }\n${more}`,
      5,
    );

  test("are of the kinds of what he does, each a fault of its own, with his words", () => {
    const { entries } = shift("wrong-cable, lunch");
    expect(entries).toMatchObject([
      { id: "ted.1", name: "ted.1", fault: "partition", operator: { shift: "ted", wrong: true } },
      { id: "ted.2", name: "ted.2", fault: "pause", operator: { error: { id: "T-35" } } },
    ]);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
  });

  test("share a name where one waits for the end of another", () => {
    const { entries } = shift("kills-what-eats-cpu");
    expect(entries.map(({ id, name }) => [id, name])).toEqual([
      ["ted.1", "ted.1"],
      ["ted.2", "ted.1"],
      ["ted.3", "ted.1"],
    ]);
  });

  test("make the budget an upper bound where a guard may refuse them", () => {
    expect(plannedBudget(shift("wrong-cable"), faults).upperBound).toBe(true);
  });

  test("that are refused are blamed on him", () => {
    const short =
      "phases: { faults: 2s }\nfaults:\n  - { name: ted, fault: ted, at: 1s, errors: [lunch] }\n";
    expect(complaints(short)).toEqual([
      expect.stringContaining("faults[0]: found lunch in a shift of 1s; allowed: 2.5s at least"),
    ]);
  });

  test("of one who is away keep what breaks broken until he is back, and say when it was due", () => {
    const more =
      "  - { name: early, fault: crash, at: 100ms, for: 500ms, target: r1 }\n" +
      "  - { name: there, fault: pause, at: 8s, for: 1s, target: r1 }\n";
    const { entries } = shift("goes-home", more);
    const told = entries.find(({ operator }) => operator !== undefined);
    expect(told?.operator?.awaySinceMs).toBeGreaterThan(0);
    const of = (name: string) => entries.find((entry) => entry.name === name);
    expect(of("early")).toMatchObject({ durationMs: 500 });
    expect(of("early")?.unrepaired).toBeUndefined();
    expect(of("there")).toMatchObject({ durationMs: 12_000, unrepaired: { dueMs: 9_000 } });
  });
});

test("replicas that no room names stand together, and a room without a unit has its own", () => {
  const { rooms } = planOf("cluster: { rooms: { east: { ac: unit-1, replicas: [r2] } } }").cluster;
  expect(rooms).toEqual([
    { name: "east", ac: "unit-1", replicas: ["r2"] },
    {
      name: "machine-room",
      ac: "the air conditioning of machine-room",
      replicas: ["r0", "r1", "r3"],
    },
  ]);
});

test("nobody stands in two rooms, and nobody in one who is not there", () => {
  const rooms = "{ east: { replicas: [r0, r9] }, west: { replicas: [r0] } }";
  expect(complaints(`cluster: { rooms: ${rooms} }`)).toEqual([
    expect.stringMatching(
      /cluster\.rooms: found "r9"; did you mean "r0"\? allowed: r0, r1, r2, r3$/,
    ),
    expect.stringMatching(/cluster\.rooms: found "r0" again; allowed: each replica in one room$/),
  ]);
});

test("what outlasts the faults, and how the run ends, is in the plan where it was said", () => {
  const phases = "phases: { faults: 4s, load: 50ms, steady: 1s, rest: 2s }\n";
  const faults = [
    "faults:",
    "  - { fault: crash, at: 3s, for: quiet, target: r2 }",
    "  - { fault: pause, at: 1s, for: 1s, target: r2 }",
  ];
  const { ending, entries } = planOf(`${phases}${faults.join("\n")}\n`);
  expect(ending).toEqual({ loadMs: 50, steadyMs: 1_000, restMs: 2_000 });
  expect(entries).toMatchObject([{ fault: "pause" }, { fault: "crash", durationMs: 1_000 }]);
  expect(entries.map(({ outlasts }) => outlasts)).toEqual([undefined, true]);
  expect(planOf("")).not.toHaveProperty("ending");
  const often = "{ fault: pause, at: 0s, for: quiet, target: r2, repeat: { every: 1s, times: 2 } }";
  expect(complaints(`faults: [${often}]\n`)).toEqual([
    expect.stringContaining("what is repeated says how long it lasts"),
  ]);
});

test("a simulated wire is part of the recovery bound, twice where it is slower than the timer", () => {
  const boundOf = (delayMax: string, more = "") => {
    const wire = `network: { delayMax: ${delayMax}${more} }, disk: { fsyncMax: 2ms }`;
    const text = `phases: { quiet: 30s }\nsimulation: { ${wire} }\n`;
    const { totalMs, parts } = planOf(text).recoveryBound;
    return { totalMs, parts };
  };
  const plain = planOf("").recoveryBound;
  const fast = boundOf("10ms");
  // Two view changes of three messages and an answer of five, each with its fsync.
  expect(fast.parts).toEqual({ ...plain.parts, wire: 11 * 12 });
  expect(fast.totalMs).toBe(plain.totalMs + 11 * 12);
  expect(boundOf("200ms").parts).toMatchObject({ slowerThanTimeouts: 8 * 8 * 202 });
  expect(boundOf("10ms", ", loss: 1%").parts).toMatchObject({ lost: 4 * 150 + 2_000 });
});
