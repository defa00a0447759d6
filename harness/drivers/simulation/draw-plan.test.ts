import { describe, expect, test } from "vitest";
import { clientAttacks } from "../../../faults/byzantine/clients/attacks/registry.ts";
import { parameterRanges } from "../../../faults/byzantine/parameters.ts";
import { behaviourNamed, behavioursFor } from "../../../faults/byzantine/registry.ts";
import { BAD_CLIENT } from "../../../faults/fault.ts";
import type { StruckWire } from "../../../faults/network/wire.ts";
import { faults } from "../../../faults/registry.ts";
import { bearsFaults } from "../../../nodes/protocols/contract/protocol.ts";
import { pbftSig } from "../../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { protocols, services } from "../../../nodes/registry.ts";
import { kv } from "../../../nodes/services/kv.ts";
import { operationWorkMs } from "../../plan/cpu-load.ts";
import type { Plan, PlanEntry } from "../../plan/plan.ts";
import { drawPlan } from "./draw-plan.ts";
import { TED } from "./draw-rare.ts";
import { rareWorld } from "./draw-rare-world.ts";
import { sceneIn } from "./draw-scene.ts";
import { simulationDriver } from "./driver.ts";
import { misledClients } from "./scenes/misled-clients.ts";
import { laterScenes, latestScenes, newestScenes, scenes } from "./scenes/registry.ts";
import { ROUND } from "./turns.ts";

const drawn = Array.from({ length: 600 }, (_, index) => drawPlan(index + 1, pbftSig, kv));

function sharesOf(is: (plan: Plan) => boolean): number {
  return drawn.filter(is).length / drawn.length;
}

function has(is: (entry: PlanEntry) => boolean): (plan: Plan) => boolean {
  return ({ entries }) => entries.some(is);
}

/** What is drawn is drawn at about this rate: of so many plans. */
const RATES: readonly (readonly [string, number, number, (plan: Plan) => boolean])[] = [
  ["replicas that crash", 0.5, 0.9, has(({ fault }) => fault === "crash")],
  ["a power cut", 0.15, 0.5, has(({ fault }) => fault === "power-cut")],
  ["a partition", 0.5, 0.9, has(({ fault }) => fault === "partition")],
  ["a pause", 0.05, 0.3, has(({ fault }) => fault === "pause")],
  ["a slow or a thin link", 0.08, 0.4, has(({ fault }) => /delay|bandwidth/.test(fault))],
  ["frames that are lost", 0.05, 0.3, has(({ fault }) => fault === "loss")],
  ["a liar", 0.3, 0.4, has(({ fault }) => fault === "byzantine")],
  ["a bad client", 0.07, 0.2, has(({ fault }) => fault === "bad-client")],
  ["something that an event sets off", 0.4, 0.9, has(({ when }) => when?.kind === "event")],
  ["something after something else", 0.1, 0.5, has(({ when }) => when?.kind === "after")],
  [
    "replicas that stay down after the heal",
    0.15,
    0.35,
    has(({ fault, outlasts }) => fault === "crash" && outlasts === true),
  ],
  ["work that costs something", 0.3, 0.5, ({ simulation }) => simulation?.costs !== undefined],
  [
    "clocks that come to a round number",
    0.08,
    0.25,
    ({ simulation }) => simulation?.clockMs !== undefined,
  ],
  [
    "a view that comes to a round number",
    0.01,
    0.09,
    ({ simulation }) => simulation?.view !== undefined,
  ],
  [
    "a checkpoint at every number or two",
    0.02,
    0.1,
    ({ cluster }) => cluster.parameters.checkpointInterval <= 2,
  ],
  [
    "more replicas than f needs",
    0.005,
    0.06,
    ({ cluster }) => [5, 6, 8, 9].includes(cluster.parameters.replicas),
  ],
  ["seven replicas", 0.02, 0.12, ({ cluster }) => cluster.parameters.replicas === 7],
  [
    "clients that do not give up",
    0.12,
    0.3,
    ({ cluster }) => cluster.parameters.operationTimeoutMs > 60_000,
  ],
  ["a steady end", 0.01, 0.12, ({ ending }) => ending?.steadyMs !== undefined],
  ["long values", 0.001, 0.05, ({ simulation }) => (simulation?.paddingBytes ?? 0) > 0],
  [
    "a small window",
    0.04,
    0.15,
    ({ cluster }) => cluster.parameters.window === 8 && cluster.parameters.batchMax === 1,
  ],
  [
    "a wire that is slower than the time-outs",
    0.01,
    0.08,
    ({ simulation, cluster }) =>
      (simulation?.calm?.delayMaxMs ?? 0) > 0.6 * cluster.parameters.timers.requestMs,
  ],
];

test.each(RATES)("%s: in %d to %d of the plans", (_what, least, most, is) => {
  const share = sharesOf(is);
  expect(share).toBeGreaterThan(least);
  expect(share).toBeLessThan(most);
});

test("each scene is played now and then, and never where something else has its turn", () => {
  const seeds = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const drawn = seeds.flatMap((seed) => sceneIn(seed, pbftSig) ?? []);
  for (const scene of [...scenes, ...laterScenes, ...latestScenes, ...newestScenes]) {
    expect(drawn.filter((each) => each === scene).length).toBeGreaterThan(3);
  }
  expect(drawn.length).toBeLessThan(0.14 * seeds.length);
});

test("there is no scene where a lie, a bad client or f is asked for", () => {
  const seed = Array.from({ length: 700 }, (_, index) => index + 1).find(
    (each) => sceneIn(each, pbftSig) === misledClients,
  );
  const lies = (plan: Plan) => wordsOf(plan.entries, "byzantine", "behaviour");
  expect(lies(drawPlan(seed ?? 0, pbftSig, kv))).toEqual(["misleading-view"]);
  expect(lies(drawPlan(seed ?? 0, pbftSig, kv, { behaviour: "silent" }))).toEqual(["silent"]);
  expect(lies(drawPlan(seed ?? 0, pbftSig, kv, { faults: 1 }))).toEqual([]);
});

/** Drawn part by part, and not as a whole. */
const inParts = drawn.filter((_, index) => sceneIn(index + 1, pbftSig) === null);
const long = inParts.filter(({ simulation }) => (simulation?.paddingBytes ?? 0) > 0);

test("a cluster of any f that can be asked for has its plan, whatever it owes", () => {
  for (const faults of [6, 10]) {
    const { parameters } = drawPlan(1, pbftSig, kv, { faults }).cluster;
    expect(parameters.faultsMax).toBe(faults);
    expect(parameters.replicas).toBe(3 * faults + 1);
  }
});

test("values are appended to only where they are to become as long as they may", () => {
  const kinds = long.map(({ workload }) => Object.keys(workload.mix));
  expect(kinds.filter((mix) => mix.includes("append") && mix.includes("write"))).toEqual([]);
  for (const kind of ["write", "append"]) expect(kinds.flat()).toContain(kind);
});

test("few plans have a large state, and none of more than five replicas", () => {
  const large = long.filter(({ workload }) => workload.keys > 4);
  expect(large.length).toBeGreaterThan(0);
  expect(large.length).toBeLessThan(8);
  for (const { cluster, entries } of large) {
    expect(cluster.parameters.replicas).toBeLessThan(6);
    // Of those who have it one alone is heard.
    expect(entries.filter(({ fault }) => fault === "loss").length).toBeGreaterThan(1);
  }
});

test("what work costs changes nothing else of a plan but for how long recovery may take", () => {
  for (const [index, costly] of drawn.slice(0, 60).entries()) {
    const free = drawPlan(index + 1, pbftSig, kv, { costs: "off" });
    const { costs: _, ...world } = costly.simulation ?? {};
    expect(free.simulation).toEqual(world);
    expect(free.entries).toEqual(costly.entries);
    expect(free.cluster).toEqual(costly.cluster);
    expect(free.workload).toEqual(costly.workload);
  }
});

test("an honest load takes no more than a quarter of the time of any machine that is drawn", () => {
  const busy = drawn.filter(({ simulation, workload, cluster }) => {
    const { verificationMs } = simulation?.costs ?? { verificationMs: 0 };
    const { replicas } = cluster.parameters;
    // The fastest there is, however large the load.
    if (verificationMs <= 0.034) return false;
    return workload.ratePerSecond * operationWorkMs(replicas, verificationMs) > 251;
  });
  expect(busy).toEqual([]);
});

test("one replica loses its power in a loop where checkpoints are close to each other", () => {
  // A liar that reigns leaves room for little else.
  const small = drawn.filter(
    ({ cluster, entries }) =>
      cluster.parameters.checkpointInterval <= 2 &&
      entries.every(({ fault }) => fault !== "byzantine"),
  );
  expect(small.length).toBeGreaterThan(3);
  const cuts = small.map(({ entries }) => entries.filter(({ fault }) => fault === "power-cut"));
  expect(Math.min(...cuts.map(({ length }) => length))).toBeGreaterThan(3);
});

test("few plans have ten replicas", () => {
  const seeds = Array.from({ length: 4_000 }, (_, index) => index + 1);
  const worlds = seeds.map((seed) =>
    rareWorld(seed, { protocol: pbftSig, drawn: 1, wanted: null }),
  );
  const ten = worlds.filter(({ replicas }) => replicas >= 10);
  expect(ten.length).toBeGreaterThan(0);
  expect(ten.length).toBeLessThan(20);
});

test("a view must stay under load only where nobody lies and answers are prompt", () => {
  for (const { ending, entries, simulation, cluster } of drawn) {
    if (ending?.steadyMs === undefined) continue;
    expect(entries.map(({ fault }) => fault)).not.toContain("byzantine");
    const { requestMs } = cluster.parameters.timers;
    expect(8 * (simulation?.calm?.delayMaxMs ?? 0)).toBeLessThan(requestMs);
  }
});

test("a behaviour is drawn with every word that its parameters have", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed += 1) {
    const { entries } = drawPlan(seed, pbftSig, kv, { behaviour: "forged-new-view" });
    for (const { resolved } of entries.filter(({ fault }) => fault === "byzantine")) {
      const { parameters } = resolved as { readonly parameters: { readonly lie: unknown } };
      seen.add(String(parameters.lie));
    }
  }
  const words = parameterRanges(behaviourNamed("forged-new-view").schema).get("lie")?.enum;
  expect([...seen].toSorted()).toEqual(words?.toSorted());
});

/** What the simulator can do, and so has to be drawn. */
const offered = faults
  .filter(({ needs }) => needs.every((need) => simulationDriver.offers.includes(need)))
  .map(({ kind }) => kind);

describe.each(protocols.filter(bearsFaults))("in every round of seeds of $name", ({ name }) => {
  const protocol = protocols.find((each) => each.name === name) ?? pbftSig;
  const rounds = [0, 1, 7].map((round) =>
    Array.from({ length: ROUND }, (_, index) =>
      drawPlan(round * ROUND + index + 1, protocol, kv),
    ).flatMap(({ entries }) => entries),
  );

  test("each registered fault that the simulator offers is drawn", () => {
    for (const entries of rounds) {
      const kinds = entries.map(({ fault, operator }) => (operator === undefined ? fault : TED));
      expect([...new Set(kinds)].toSorted()).toEqual(offered.toSorted());
    }
  });

  test("each type of message is struck alone", () => {
    for (const entries of rounds) {
      const conditions = entries.map(({ resolved }) => resolved as Partial<StruckWire>);
      const types = new Set(conditions.map(({ condition }) => condition?.type));
      const missing = Object.entries(protocol.messageTypes).filter(([, byte]) => !types.has(byte));
      expect(missing).toEqual([]);
    }
  });

  test("each lie that fits is drawn", () => {
    const wanted = behavioursFor(name).map((each) => each.name);
    for (const entries of rounds) {
      expect(wordsOf(entries, "byzantine", "behaviour")).toEqual(wanted.toSorted());
    }
  });

  test("each kind of bad client is drawn", () => {
    const wanted = clientAttacks.map((each) => each.name);
    for (const entries of rounds) {
      expect(wordsOf(entries, BAD_CLIENT, "attack")).toEqual(wanted.toSorted());
    }
  });
});

function wordsOf(entries: readonly PlanEntry[], kind: string, key: string): readonly string[] {
  const those = entries.filter(({ fault }) => fault === kind);
  const words = those.map(({ resolved }) => String((resolved as Record<string, unknown>)[key]));
  return [...new Set(words)].toSorted();
}

test("of those that lie several things it is one replica that does", () => {
  const liars = drawn.map(({ entries }) => entries.filter(({ fault }) => fault === "byzantine"));
  expect(Math.max(...liars.map(({ length }) => length))).toBeGreaterThan(1);
  for (const lies of liars) {
    const whose = lies.map(({ resolved }) => JSON.stringify((resolved as Targeted).targets));
    expect(new Set(whose).size).toBeLessThanOrEqual(1);
  }
});

test("who lies as primary leads, in half of its plans with little else in its way", () => {
  const entries = Array.from({ length: 100 }, (_, index) =>
    drawPlan(index + 1, pbftSig, kv, { behaviour: "equivocate" }),
  ).map((plan) => plan.entries);
  const leading = entries.filter((each) =>
    each.some(({ fault, resolved }) => {
      const { targets } = resolved as Targeted;
      return fault === "byzantine" && /r[01]"/.test(JSON.stringify(targets));
    }),
  );
  expect(leading.length).toBeGreaterThan(75);
  expect(entries.filter(({ length }) => length < 12).length).toBeGreaterThan(40);
});

interface Targeted {
  readonly targets: unknown;
}

describe.each(protocols)("$name", (protocol) => {
  test.each(services)("is drawn with $name", (service) => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { cluster, workload } = drawPlan(seed, protocol, service);
      expect(cluster.service.name).toBe(service.name);
      const kinds = Object.keys(workload.mix);
      expect(service.operations).toEqual(expect.arrayContaining(kinds));
    }
  });
});
