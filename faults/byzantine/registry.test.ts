/**
 * Every behaviour, inside the budget and among other faults: it acts, and no safety promise breaks.
 * What each of them proves is shown by the planted bugs that name it (`faults/mutants`).
 */
import { describe, expect, test } from "vitest";
import { judge } from "../../harness/checkers/verdict/judge.ts";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { drawPlan } from "../../harness/drivers/simulation/draw-plan.ts";
import { parametersOf } from "../../harness/drivers/simulation/explore.fixture.ts";
import { playPlan } from "../../harness/drivers/simulation/play-plan.ts";
import type {
  HarnessState,
  LedgerEntry,
  Observations,
} from "../../harness/observations/observations.ts";
import { planFromData } from "../../harness/plan/plan-from-data.ts";
import { subjectOf } from "../../harness/subject.ts";
import { executors } from "../../harness/workloads/registry.ts";
import { bearsFaults, type Protocol } from "../../nodes/protocols/contract/protocol.ts";
import { pbftSig } from "../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { protocolNamed, protocols } from "../../nodes/registry.ts";
import { kv } from "../../nodes/services/kv.ts";
import { faults } from "../registry.ts";
import { type BehaviourContext, misfit, occasionText } from "./behaviour.ts";
import { behaviourNamed, behaviours } from "./registry.ts";

/** Of PBFT: where there are views to lie about. */
const variants = protocols.filter(bearsFaults);

/**
 * Rare occasions (a state transfer, an own view to lead) need more schedules than this; of the
 * others explorations draw more.
 */
const SEEDS_MIN = 5;
const SEEDS_MAX = 100;

function context(protocol: string): BehaviourContext {
  const known = protocols.find(({ name }) => name === protocol) ?? pbftSig;
  return {
    id: 0,
    cluster: parametersOf(known),
    authenticator: fastAuthenticators(1, [0, 1, 2, 3])(0),
  };
}

interface Lie {
  readonly harness: HarnessState;
  /** Whoever ended by itself: also a lie that throws ends its replica. */
  readonly died: readonly LedgerEntry[];
  readonly acts: number;
  /** Safety checks that found a broken promise. */
  readonly broken: readonly string[];
}

/** A drawn plan with all its faults, and one replica that lies all the time. */
function lie(behaviour: string, seed: number, protocol: Protocol): Lie {
  const plan = drawPlan(seed, protocol, kv, { behaviour });
  const nodes = { protocols: [protocol], services: [kv] };
  const { observations } = playPlan(plan, { nodes, rerun: "" });
  const { run, samples, ledger } = observations;
  const acts = samples.map(({ status }) => status?.counters[`byzantine.${behaviour}`] ?? 0);
  const { harness } = run;
  const died = ledger.filter(({ kind }) => kind === "died");
  return { harness, died, acts: Math.max(0, ...acts), broken: brokenSafety(observations) };
}

function brokenSafety(observations: Observations): readonly string[] {
  const { checks } = judge(observations, subjectOf(observations.plan));
  return checks
    .filter(({ promise, outcome }) => promise === "safety" && outcome === "invalid")
    .map(({ id }) => id);
}

test("every behaviour is in the registry once, with a summary and a strict schema", () => {
  expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
  for (const { name, summary, schema } of behaviours) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary.length).toBeGreaterThan(20);
    expect(schema.safeParse({ nonsense: 1 }).success).toBe(false);
    const parameters = schema.parse({});
    expect(schema.parse(JSON.parse(JSON.stringify(parameters)))).toEqual(parameters);
  }
});

test("a behaviour fits protocols that there are, and has no realisation for any other", () => {
  const names = protocols.map(({ name }) => name);
  for (const definition of behaviours) {
    const { name, protocols: fits } = definition;
    expect(names, name).toEqual(expect.arrayContaining([...(fits ?? [])]));
    for (const protocol of names) {
      const made = definition.create(protocol, {}, context(protocol));
      expect(made === null, `${name} in ${protocol}`).toBe(misfit(definition, protocol) !== null);
    }
    const elsewhere = definition.create("no-such-protocol", {}, context(pbftSig.name));
    expect(elsewhere === null, name).toBe(fits !== null);
  }
});

test("what does not fit is refused by name, and says why, and what it fits", () => {
  expect(misfit(behaviourNamed("old-key-epoch"), "pbft-sig")).toBe(
    "old-key-epoch is no lie in pbft-sig (its keys are for ever); it fits pbft-mac, pbft-mac-proof",
  );
  const climber = behaviourNamed("view-climber");
  expect(misfit(climber, "pbft-sig")).toBe(null);
  expect(misfit(climber, "unreplicated")).toBe(
    "view-climber is no lie in unreplicated; it fits pbft-sig, pbft-mac, pbft-mac-proof, pbft-relay",
  );
});

test("every behaviour is a lie in every variant of PBFT, or it is said why there is none to tell", () => {
  for (const definition of behaviours) {
    for (const { name } of variants) {
      const isLie = misfit(definition, name) === null;
      const isExcused = definition.unfit?.[name] !== undefined;
      expect(isLie, `${definition.name} in ${name}`).toBe(!isExcused);
    }
  }
});

/** A backup that is told to lie while nothing else happens. */
function quietActs(behaviour: string, protocol: Protocol): number {
  const liar = { name: "liar", fault: "byzantine", at: "0s", target: "r3", behaviour };
  const sections = {
    metadata: { name: "quiet" },
    cluster: { protocol: protocol.name },
    phases: { warmup: "500ms", faults: "1s", quiet: "30s" },
    faults: [liar],
  };
  const plan = planFromData(sections, { protocol, service: kv, faults, executors });
  const nodes = { protocols: [protocol], services: [kv] };
  const { observations } = playPlan(plan, { nodes, rerun: "" });
  const name = `byzantine.${behaviour}`;
  return Math.max(0, ...observations.samples.map(({ status }) => status?.counters[name] ?? 0));
}

test("who lies on an occasion only does not without it, and no eager one is among them", () => {
  const occasional = behaviours.filter((each) => occasionText(each) !== null);
  expect(occasional.length).toBeGreaterThan(10);
  for (const { name, eager } of occasional) {
    expect(eager, name).toBeUndefined();
    const protocol = variants.find((each) => misfit(behaviourNamed(name), each.name) === null);
    if (protocol === undefined) throw new Error(`${name} fits nothing`);
    expect(quietActs(name, protocol), name).toBe(0);
  }
  expect(quietActs("false-relay", protocolNamed("pbft-mac"))).toBeGreaterThan(0);
});

const lies = variants.flatMap((protocol) =>
  behaviours
    .filter((each) => misfit(each, protocol.name) === null)
    .map(({ name }) => ({ name, protocol, variant: protocol.name })),
);

describe.each(lies)("$name in $variant", ({ name, protocol }) => {
  test("acts, and one such replica among other faults breaks no safety promise", () => {
    let acts = 0;
    for (let seed = 1; seed <= SEEDS_MAX && (seed <= SEEDS_MIN || acts === 0); seed += 1) {
      const told = lie(name, seed, protocol);
      acts += told.acts;
      expect(told.broken, `seed ${seed}`).toEqual([]);
      expect(told.harness, `seed ${seed}`).toEqual({ state: "ok" });
      expect(told.died, `seed ${seed}`).toEqual([]);
    }
    expect(acts).toBeGreaterThan(0);
  });
});
