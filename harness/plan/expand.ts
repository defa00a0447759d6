/** Scenario + seed -> plan: every default filled in, all randomness spent, nothing started. */
import type {
  FaultDefinition,
  FaultEffect,
  PlannedWindow,
  PlanningContext,
} from "../../faults/fault.ts";
import { FaultInputError } from "../../faults/fault.ts";
import type { ServiceDefinition } from "../../nodes/protocols/contract/service.ts";
import { clusterSize } from "../scenario/cluster-size.ts";
import type { Script } from "../scenario/read-script.ts";
import type { DocumentPath, Problem, Scenario, ScenarioFault } from "../scenario/scenario.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { SEED_MAX } from "../scenario/schema.ts";
import type { ScenarioVocabulary } from "../scenario/vocabulary.ts";
import { plannedMessages } from "./link-load.ts";
import { hasSubject, placeTriggers } from "./place-triggers.ts";
import type {
  Ending,
  Expectation,
  Plan,
  PlanEntry,
  PlannedCluster,
  PlannedWorkload,
} from "./plan.ts";
import { budgetCluster, possibleEffects } from "./planned-budget.ts";
import { createRandom, type Random } from "./random.ts";
import { recoveryBound } from "./recovery-bound.ts";
import { refusals } from "./refusals.ts";
import { plannedRooms } from "./rooms.ts";
import { plannedSimulation } from "./simulation.ts";
import { endpointsOf, planningContext, UnknownTargetError } from "./targets.ts";
import { unrepaired } from "./unrepaired.ts";

export interface ExpandOptions {
  /** Wins over the scenario's own. */
  readonly seed?: number | undefined;
  readonly vocabulary: ScenarioVocabulary;
  /** As `readScript` found it: only, and always, where the generator is k6. */
  readonly script?: Script | undefined;
}

/** @throws ScenarioError with all that only the plan can see */
export function expand(scenario: Scenario, { seed, vocabulary, script }: ExpandOptions): Plan {
  const drawn = seedOf(scenario, seed);
  const random = createRandom(drawn);
  const silent = plannedCluster(scenario, vocabulary);
  const builtIn = plannedWorkload(scenario, vocabulary, random);
  const workload =
    scenario.workload.generator === "k6" ? playedByK6(builtIn, { scenario, script }) : builtIn;
  const { warmup, faults, quiet } = scenario.phases;
  const phases = { warmupMs: warmup, faultsMs: faults, quietMs: quiet };
  const messages = plannedMessages(
    { cluster: silent, workload, phases },
    {
      protocol: registered(vocabulary.protocols, silent.protocol),
      service: registered(vocabulary.services, silent.service.name),
    },
  );
  const cluster = { ...silent, messages };
  const problems: Problem[] = [];
  const windowed = scenario.faults.map((fault) => {
    const definition = definitionOf(fault, vocabulary);
    const protocol = registered(vocabulary.protocols, cluster.protocol);
    const notApplicable = definition.inapplicable?.(fault.keys, protocol) ?? null;
    if (notApplicable !== null) {
      const window = { offsetMs: 0, durationMs: fault.durationMs, resolved: null };
      const entries = entriesOf(fault, [window]).map((entry) => ({ ...entry, notApplicable }));
      return { fault, entries };
    }
    try {
      const context = contextOf(cluster, random, hasSubject(fault, scenario.faults));
      return { fault, entries: entriesOf(fault, definition.plan(fault.keys, context, fault)) };
    } catch (error) {
      if (!(error instanceof FaultInputError)) throw error;
      const path = ["faults", fault.place, ...blamedKey(error, fault)];
      problems.push(scenario.source.problem(path, error.message));
      return { fault, entries: [] };
    }
  });
  const { replicas } = endpointsOf(cluster.parameters);
  const ground = { faultsMs: faults, replicas, audit: cluster.audit };
  const { entries, complaints } = placeTriggers(windowed, ground);
  for (const { path, message } of complaints) {
    problems.push(scenario.source.problem(["faults", ...path], message));
  }
  const parts = {
    version: 1 as const,
    scenario: scenario.metadata.name,
    labels: scenario.metadata.labels,
    seed: drawn,
    cluster,
    workload,
    phases,
    ...endingOf(scenario),
    ...simulated(scenario),
    entries: unrepaired(entries).toSorted((a, b) => a.atMs - b.atMs),
    expect: expectation(scenario),
    caveats: [],
  };
  const bound = recoveryBound(parts, vocabulary.faults);
  const plan: Plan = { ...parts, recoveryBound: bound, caveats: caveatsOf(parts, vocabulary) };
  problems.push(...refusals(plan, scenario, vocabulary));
  if (problems.length > 0) throw new ScenarioError(problems);
  return plan;
}

function seedOf(scenario: Scenario, seed: number | undefined): number {
  if (seed === undefined) return scenario.seed;
  if (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed;
  const message = `found ${seed}; allowed: a whole number from 0 to ${SEED_MAX}`;
  throw new ScenarioError([{ where: "--seed", path: "", message }]);
}

function registered<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new RangeError(`nothing is registered as ${name}`);
  return entry;
}

function plannedCluster({ cluster }: Scenario, vocabulary: ScenarioVocabulary): PlannedCluster {
  const { replicas, tolerates } = clusterSize(cluster, vocabulary.protocols);
  const { timers } = cluster;
  const { traits } = registered(vocabulary.protocols, cluster.protocol);
  const service =
    typeof cluster.service === "string"
      ? { name: cluster.service, argumentBytes: 0, resultBytes: 0 }
      : cluster.service;
  return {
    protocol: cluster.protocol,
    service,
    durability: cluster.durability,
    links: cluster.links,
    audit: cluster.audit,
    mutant: cluster.mutant ?? null,
    tolerates,
    rooms: plannedRooms(cluster.rooms, endpointsOf({ replicas }).replicas),
    parameters: {
      epoch: 1,
      replicas,
      faultsMax: tolerates.crashed,
      timers: {
        requestMs: timers.request,
        statusMs: timers.status,
        clientMs: timers.client,
        clientCapMs: timers.clientCap,
      },
      operationTimeoutMs: cluster.operationTimeout,
      checkpointInterval: cluster.checkpointInterval,
      window: cluster.window,
      batchMax: cluster.batchMax,
      maxBatchDelayMs: cluster.maxBatchDelay ?? timers.request / 10,
      pipeline: cluster.pipeline,
      replyAuth: cluster.replyAuth,
      clientAuth: cluster.clientAuth ?? traits.clientAuths[0],
      requestAt: cluster.requestAt ?? traits.requestAts[0],
    },
  };
}

const MIX = { write: 0.5, read: 0.4, cas: 0.1 } as const;

function plannedWorkload(
  { cluster, workload }: Scenario,
  { services, executors }: ScenarioVocabulary,
  random: Random,
): PlannedWorkload {
  const name = typeof cluster.service === "string" ? cluster.service : cluster.service.name;
  const service = registered(services, name);
  const executor = registered(executors, workload.executor);
  return {
    executor: executor.name,
    ...executor.offered(workload),
    clients: workload.clients,
    keys: workload.keys,
    skew: workload.skew,
    mix: workload.mix === undefined ? mixFor(service) : given(workload.mix),
    seed: random.integer(0, SEED_MAX),
  };
}

/** Of the built-in load there remain its clients, keys and seed, and the rate if one was given. */
function playedByK6(
  { ratePerSecond, ...builtIn }: PlannedWorkload,
  { scenario, script }: { scenario: Scenario; script: Script | undefined },
): PlannedWorkload {
  if (script === undefined) throw new RangeError("a load by k6 is planned with its script");
  const rate = scenario.source.given(["workload", "rate"]) ? ratePerSecond : 0;
  const said = { executor: "k6", ratePerSecond: rate, operationsMax: null, skew: 0, mix: {} };
  return { ...builtIn, ...said, script };
}

function endingOf({ phases }: Scenario): Pick<Plan, "ending"> {
  const { load, steady, rest } = phases;
  const ending: Ending = {
    ...(load === undefined ? {} : { loadMs: load }),
    ...(steady === undefined ? {} : { steadyMs: steady }),
    ...(rest === undefined ? {} : { restMs: rest }),
  };
  return Object.keys(ending).length === 0 ? {} : { ending };
}

function simulated({ simulation }: Scenario): Pick<Plan, "simulation"> {
  return simulation === undefined ? {} : { simulation: plannedSimulation(simulation) };
}

/** The usual mix, or equal shares of whatever a service has instead. */
function mixFor({ operations }: ServiceDefinition): PlannedWorkload["mix"] {
  const usual = Object.keys(MIX) as (keyof typeof MIX)[];
  if (usual.every((kind) => operations.includes(kind))) return MIX;
  return Object.fromEntries(operations.map((kind) => [kind, 1 / operations.length]));
}

function given(mix: NonNullable<Scenario["workload"]["mix"]>): PlannedWorkload["mix"] {
  return Object.fromEntries(Object.entries(mix).filter(([, share]) => share !== undefined));
}

function expectation({ expect }: Scenario): Expectation {
  return {
    verdict: expect.verdict,
    check: expect.check ?? null,
    recoverWithinMs: expect.recoverWithin ?? null,
    minOperations: expect.minOperations,
    shedMax: expect.shed,
    degradedMin: expect.degraded,
    viewChanges: { min: expect.viewChanges.min, max: expect.viewChanges.max ?? null },
  };
}

function contextOf(
  { parameters, rooms = [] }: PlannedCluster,
  random: Random,
  isSetOff: boolean,
): PlanningContext {
  const { faultsMax } = parameters;
  const drawable = { ...endpointsOf(parameters), faultsMax, rooms, hasSubject: isSetOff };
  return planningContext(drawable, random);
}

function definitionOf({ fault }: ScenarioFault, { faults }: ScenarioVocabulary): FaultDefinition {
  const definition = faults.find(({ kind }) => kind === fault);
  if (definition === undefined) throw new RangeError(`unknown fault ${fault}`);
  return definition;
}

const KEPT = { outlasts: true } as const;

function entriesOf(
  { name, fault, atMs, outlasts }: ScenarioFault,
  windows: readonly PlannedWindow<unknown>[],
): readonly PlanEntry[] {
  let deedName = name;
  return windows.map(({ offsetMs, durationMs, resolved, deed }, index): PlanEntry => {
    const isLast = index === windows.length - 1;
    const when = { atMs: atMs + offsetMs, durationMs, ...(outlasts && isLast ? KEPT : {}) };
    if (deed === undefined) {
      const id = windows.length === 1 ? name : `${name}#${index + 1}`;
      return { id, name, fault, ...when, resolved };
    }
    // No name in a scenario has a dot, so that of a deed is nobody else's.
    const id = `${name}.${index + 1}`;
    const { fault: kind, ...operator } = deed;
    // Windows of one name wait for each other.
    if (operator.waits === undefined) deedName = id;
    const whose = { ...operator, shift: name };
    return { id, name: deedName, fault: kind, ...when, resolved, operator: whose };
  });
}

/** The key that a fault's own complaint is about: named by it, or the one that holds the target. */
function blamedKey(error: FaultInputError, { keys }: ScenarioFault): DocumentPath {
  if (!(error instanceof UnknownTargetError)) return error.path;
  const holds = (value: unknown): boolean =>
    value === error.target || (Array.isArray(value) && value.some(holds));
  const [key] = Object.entries(keys).find(([, value]) => holds(value)) ?? [];
  return key === undefined ? [] : [key];
}

/** What may differ in a second run of this plan. */
function caveatsOf(
  { cluster, entries }: Pick<Plan, "cluster" | "entries">,
  { faults }: ScenarioVocabulary,
): readonly string[] {
  const caveats = entries.flatMap((entry) => {
    const ways = possibleEffects(entry, budgetCluster(cluster), faults);
    const jittery = ways.flat().some(isJittery);
    return [
      ...(ways.length > 1
        ? [`${entry.name}: whom it strikes depends on ${whoDecides(entry)}`]
        : []),
      ...(entry.when === undefined
        ? []
        : [`${entry.name}: when it begins, and whether, depends on what happens`]),
      ...(jittery ? [`${entry.name}: jitter is drawn while it runs and does not replay`] : []),
    ];
  });
  return [...new Set(caveats)];
}

function whoDecides({ resolved }: PlanEntry): string {
  const isSetOff = JSON.stringify(resolved).includes('"subject"');
  return isSetOff ? "whose event sets it off" : "who leads when it begins";
}

function isJittery(effect: FaultEffect): boolean {
  return (
    effect.on === "network" && effect.condition.kind === "delay" && effect.condition.jitterMs > 0
  );
}
