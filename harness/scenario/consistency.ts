/** Rules that join several keys; each looks only at sections that are sound by themselves. */
import { durationText } from "../../faults/units.ts";
import type { ServiceDefinition } from "../../nodes/protocols/contract/service.ts";
import { unknownName } from "./closest.ts";
import { clusterSize } from "./cluster-size.ts";
import { executorKeys, executorsWith } from "./executor-words.ts";
import { ofGenerator } from "./k6-workload.ts";
import { repetitionsOf } from "./repetitions.ts";
import { FAULTS_MAX, type FaultSection, type ScenarioSections } from "./schema.ts";
import type { ScenarioVocabulary } from "./vocabulary.ts";
import type { Finding } from "./wording.ts";

/** Undefined = the section has errors of its own. */
export interface SoundSections {
  readonly cluster: ScenarioSections["cluster"] | undefined;
  readonly workload: ScenarioSections["workload"] | undefined;
  readonly phases: ScenarioSections["phases"] | undefined;
  readonly expect: ScenarioSections["expect"] | undefined;
  readonly faults: readonly (FaultSection | undefined)[];
}

export function inconsistencies(
  sections: SoundSections,
  vocabulary: ScenarioVocabulary,
): readonly Finding[] {
  const { cluster, workload, phases, expect, faults } = sections;
  return [
    ...(cluster === undefined ? [] : ofCluster(cluster, vocabulary)),
    ...(workload === undefined
      ? []
      : [...ofGenerator(workload), ...ofWorkload(workload, vocabulary)]),
    ...(cluster === undefined
      ? []
      : ofSizes(cluster, serviceNamed(serviceName(cluster), vocabulary.services))),
    ...(workload === undefined || cluster === undefined
      ? []
      : ofOperations(workload, serviceNamed(serviceName(cluster), vocabulary.services))),
    ...(phases === undefined ? [] : ofWindows(faults, phases.faults)),
    ...(phases === undefined || cluster === undefined ? [] : ofEnding(phases, cluster.timers)),
    ...ofNames(faults),
    ...ofRepetitions(faults),
    ...(expect === undefined ? [] : ofExpectation(expect, vocabulary)),
  ];
}

export function serviceName({ service }: ScenarioSections["cluster"]): string {
  return typeof service === "string" ? service : service.name;
}

function serviceNamed(name: string, services: readonly ServiceDefinition[]): ServiceDefinition {
  const service = services.find((entry) => entry.name === name);
  if (service === undefined) throw new RangeError(`unknown service ${name}`);
  return service;
}

function ofCluster(
  cluster: ScenarioSections["cluster"],
  { protocols, mutants }: ScenarioVocabulary,
): readonly Finding[] {
  const findings: Finding[] = [];
  try {
    clusterSize(cluster, protocols);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const key = cluster.n === undefined ? "f" : "n";
    findings.push({ path: ["cluster", key], message: error.message });
  }
  if (findings.length === 0) findings.push(...ofRooms(cluster, protocols));
  const { checkpointInterval, window, timers, maxBatchDelay, mutant } = cluster;
  if (window < 2 * checkpointInterval) {
    findings.push({
      path: ["cluster", "window"],
      message: `found ${window}; allowed: at least twice checkpointInterval, ${2 * checkpointInterval}`,
    });
  }
  if (maxBatchDelay !== undefined && maxBatchDelay >= timers.request) {
    findings.push({
      path: ["cluster", "maxBatchDelay"],
      message: `found ${durationText(maxBatchDelay)}; allowed: below timers.request, ${durationText(timers.request)}`,
    });
  }
  if (timers.clientCap < timers.client) {
    findings.push({
      path: ["cluster", "timers", "clientCap"],
      message: `found ${durationText(timers.clientCap)}; allowed: at least timers.client, ${durationText(timers.client)}`,
    });
  }
  findings.push(...ofTraits(cluster, protocols));
  if (mutant !== undefined && mutants !== undefined && !mutants.includes(mutant)) {
    findings.push({
      path: ["cluster", "mutant"],
      message: unknownName(mutant, mutants, "npx bft-chaos list mutants"),
    });
  }
  return findings;
}

/** What the protocol leaves no choice of. */
function ofTraits(
  { protocol, clientAuth, replyAuth, requestAt }: ScenarioSections["cluster"],
  protocols: ScenarioVocabulary["protocols"],
): readonly Finding[] {
  const traits = protocols.find(({ name }) => name === protocol)?.traits;
  const choices: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ["clientAuth", clientAuth, traits?.clientAuths ?? []],
    ["replyAuth", replyAuth, traits?.replyAuths ?? []],
    ["requestAt", requestAt, traits?.requestAts ?? []],
  ];
  return choices.flatMap(([key, chosen, allowed]) => {
    if (chosen === undefined || allowed.includes(chosen)) return [];
    const message = `found ${chosen}; allowed for ${protocol}: ${allowed.join(", ")}`;
    return [{ path: ["cluster", key], message }];
  });
}

/** Nobody stands in two rooms. */
function ofRooms(
  cluster: ScenarioSections["cluster"],
  protocols: ScenarioVocabulary["protocols"],
): readonly Finding[] {
  if (cluster.rooms === undefined) return [];
  const { replicas } = clusterSize(cluster, protocols);
  const names = Array.from({ length: replicas }, (_, id) => `r${id}`);
  const standing = Object.values(cluster.rooms).flatMap((room) => room.replicas);
  const strangers = new Set(standing.filter((replica) => !names.includes(replica)));
  const twice = names.filter((name) => standing.indexOf(name) !== standing.lastIndexOf(name));
  const messages = [
    ...[...strangers].map((replica) => unknownName(replica, names)),
    ...twice.map((replica) => `found "${replica}" again; allowed: each replica in one room`),
  ];
  return messages.map((message) => ({ path: ["cluster", "rooms"], message }));
}

function ofWorkload(
  workload: ScenarioSections["workload"],
  { executors }: ScenarioVocabulary,
): readonly Finding[] {
  const { executor, generator } = workload;
  const given: Readonly<Record<string, unknown>> = workload;
  const findings = Object.keys(executorKeys(executors)).flatMap((key): readonly Finding[] => {
    const having = executorsWith(key, executors);
    if (given[key] === undefined || having.includes(executor) || generator === "k6") return [];
    const message = `${executor} has no ${key}; allowed: executor: ${having.join(" or ")}, or no ${key}`;
    return [{ path: ["workload", key], message }];
  });
  const shares = Object.values(workload.mix ?? { all: 1 });
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  if (Math.abs(sum - 1) > 1e-9) {
    const percent = Math.round(sum * 10_000) / 100;
    const message = `found shares that sum to ${percent}%; allowed: shares that sum to 100%`;
    findings.push({ path: ["workload", "mix"], message });
  }
  return findings;
}

/** Sizes are those of the null operation: of others the load says how large they are. */
function ofSizes(
  { service }: ScenarioSections["cluster"],
  { name, operations }: ServiceDefinition,
): readonly Finding[] {
  if (typeof service === "string" || operations.includes("null")) return [];
  return (["argumentBytes", "resultBytes"] as const)
    .filter((key) => service[key] > 0)
    .map((key) => ({
      path: ["cluster", "service", key],
      message: `found ${service[key]}B, and ${name} has no null operation; allowed: no ${key}, or a service that has one`,
    }));
}

function ofOperations(
  { mix = {} }: ScenarioSections["workload"],
  service: ServiceDefinition,
): readonly Finding[] {
  const wanted = Object.keys(mix) as (keyof typeof mix)[];
  return wanted
    .filter((kind) => (mix[kind] ?? 0) > 0 && !service.operations.includes(kind))
    .map((kind) => ({
      path: ["workload", "mix", kind],
      message: `the service ${service.name} has no ${kind}; allowed: ${service.operations.join(", ")}`,
    }));
}

function ofWindows(faults: SoundSections["faults"], faultsMs: number): readonly Finding[] {
  return faults.flatMap((fault, index) => {
    if (fault === undefined || fault.when !== null) return [];
    const { times, everyMs } = fault.repeat ?? { times: 1, everyMs: null };
    const lastMs = (times - 1) * (everyMs ?? 0);
    const toMs = fault.atMs + lastMs + lastingMs(fault, faultsMs);
    if (fault.atMs < faultsMs && toMs <= faultsMs) return [];
    const key = fault.atMs < faultsMs ? endKey(fault) : "at";
    const window = `found a window from ${durationText(fault.atMs)} to ${durationText(toMs)}`;
    const found = key === "at" ? `found ${durationText(fault.atMs)}` : window;
    const message = `${found}; allowed: within phases.faults, ${durationText(faultsMs)}`;
    return [{ path: ["faults", index, key], message }];
  });
}

/** Periods of STATUS in which replicas that stand still are seen to. */
const PERIODS_AT_REST = 2;

/** Under load no two replicas stand at one number for long: who wants that must leave the time. */
function ofEnding(
  { load, rest, quiet }: ScenarioSections["phases"],
  { status }: ScenarioSections["cluster"]["timers"],
): readonly Finding[] {
  const findings: Finding[] = [];
  const mostMs = Math.max(0, quiet - PERIODS_AT_REST * status);
  if (load !== undefined && load >= mostMs) {
    const allowed = `below phases.quiet less two periods of STATUS, ${durationText(mostMs)}`;
    const message = `found ${durationText(load)}; allowed: ${allowed}, or nothing comes to rest`;
    findings.push({ path: ["phases", "load"], message });
  }
  if (rest !== undefined && rest >= quiet) {
    const allowed = `below phases.quiet, ${durationText(quiet)}, the time that there is for it`;
    const message = `found ${durationText(rest)}; allowed: ${allowed}`;
    findings.push({ path: ["phases", "rest"], message });
  }
  return findings;
}

/** The key that says where it ends. */
function endKey({ repeat }: FaultSection): string {
  return repeat === null ? "for" : "repeat";
}

/** What waits for something may last that long at most; when it begins only the run can tell. */
export function lastingMs({ atMs, forMs }: FaultSection, faultsMs: number): number {
  return forMs ?? Math.max(faultsMs - atMs, 0);
}

function ofNames(faults: SoundSections["faults"]): readonly Finding[] {
  const firsts = new Map<string, number>();
  return faults.flatMap((fault, index) => {
    const { name } = fault ?? {};
    if (fault === undefined || name === undefined) return [];
    const names = [...repetitionsOf(fault, name).map((one) => one.name), name];
    const taken = names.find((one) => firsts.has(one));
    for (const one of names) firsts.set(one, firsts.get(one) ?? index);
    if (taken === undefined) return [];
    const first = firsts.get(taken);
    const message = `found ${JSON.stringify(taken)} again; allowed: a name of its own (faults[${first}] has it)`;
    return [{ path: ["faults", index, "name"], message }];
  });
}

/** However few of them the file writes down. */
function ofRepetitions(faults: SoundSections["faults"]): readonly Finding[] {
  const many = faults.reduce((sum, fault) => sum + (fault?.repeat?.times ?? 1), 0);
  if (many <= FAULTS_MAX) return [];
  return [
    {
      path: ["faults"],
      message: `found ${many}, repeated ones counted as often; allowed: at most ${FAULTS_MAX} items`,
    },
  ];
}

/** Verdicts that a check has come to. */
const OF_BROKEN_PROMISES: readonly string[] = ["FAIL", "LIVENESS_MISS"];

function ofExpectation(
  expect: ScenarioSections["expect"],
  { checks }: ScenarioVocabulary,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (expect.check !== undefined && checks !== undefined && !checks.includes(expect.check)) {
    findings.push({ path: ["expect", "check"], message: unknownName(expect.check, checks) });
  }
  const { min, max } = expect.viewChanges;
  if (max !== undefined && max < min) {
    const message = `found ${max}; allowed: at least min, ${min}`;
    findings.push({ path: ["expect", "viewChanges", "max"], message });
  }
  if (expect.check !== undefined && !OF_BROKEN_PROMISES.includes(expect.verdict)) {
    const verdicts = OF_BROKEN_PROMISES.join(" or ");
    const message = `a check is named for the verdict ${verdicts}; found the verdict ${expect.verdict}`;
    findings.push({ path: ["expect", "check"], message });
  }
  return findings;
}
