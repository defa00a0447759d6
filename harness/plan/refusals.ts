/** What a plan shows that no single key of the scenario does, refused before anything starts. */
import { controlsText } from "../../faults/control-words.ts";
import {
  BAD_CLIENT,
  type FaultDefinition,
  type FaultEffect,
  strikesLink,
} from "../../faults/fault.ts";
import { durationText } from "../../faults/units.ts";
import { FRAME_BYTES_MAX } from "../../nodes/protocols/contract/limits.ts";
import { superfluousForK6 } from "../scenario/k6-workload.ts";
import type { DocumentPath, Problem, Scenario } from "../scenario/scenario.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import type { ScenarioVocabulary } from "../scenario/vocabulary.ts";
import { type DriverOffer, driverOptions, type PlantedBug } from "./driver-offer.ts";
import type { Plan, PlanEntry } from "./plan.ts";
import { budgetCluster, possibleEffects } from "./planned-budget.ts";

export function refusals(
  plan: Plan,
  scenario: Scenario,
  { faults, protocols }: Pick<ScenarioVocabulary, "faults" | "protocols">,
): readonly Problem[] {
  const problem = (path: DocumentPath, message: string) => scenario.source.problem(path, message);
  const indices = new Map(scenario.faults.map(({ name, place }) => [name, place]));
  const cluster = budgetCluster(plan.cluster);
  // Windows of one fault have one cause: the first complaint stands for them all.
  const complaints = new Map<number, string>();
  for (const entry of plan.entries) {
    const index = indices.get(entry.operator?.shift ?? entry.name) ?? 0;
    if (complaints.has(index)) continue;
    const message = refusalOf(entry, possibleEffects(entry, cluster, faults), plan);
    if (message !== null) complaints.set(index, message);
  }
  return [
    ...[...complaints].map(([index, message]) => problem(["faults", index], message)),
    ...frameRefusal(plan, protocols).map((message) => problem(["cluster", "window"], message)),
    ...quietRefusal(plan).map((message) => problem(["phases", "quiet"], message)),
    ...superfluousForK6(scenario).map(({ path, message }) => problem(path, message)),
  ];
}

/** The proofs in a view change grow with the window, and a frame holds the largest message. */
function frameRefusal(
  { cluster: { parameters, protocol: name, messages } }: Plan,
  protocols: ScenarioVocabulary["protocols"],
): readonly string[] {
  const protocol = protocols.find((entry) => entry.name === name);
  if (protocol === undefined || messages === undefined) return [];
  const over = Object.entries(messages.sizes).find(([, bytes]) => bytes > FRAME_BYTES_MAX);
  if (over === undefined) return [];
  const small = { batchRequests: 1, operationBytes: 0, resultBytes: 0 };
  const fits = (window: number) =>
    Object.values(protocol.messageSizes({ ...parameters, ...small, window })).every(
      (bytes) => bytes <= FRAME_BYTES_MAX,
    );
  const [type, bytes] = over;
  const largest = largestThat(fits, parameters.window);
  return [
    `a ${type} of ${parameters.replicas} replicas over a window of ${parameters.window} has ` +
      `${bytes} bytes, and a frame holds ${FRAME_BYTES_MAX}; allowed: a window of ${largest} ` +
      `at most, and a checkpointInterval of half of it`,
  ];
}

/** The largest number below `beyond` that fits, where every smaller one fits too. */
function largestThat(fits: (candidate: number) => boolean, beyond: number): number {
  let [low, high] = [0, beyond];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function refusalOf(
  entry: PlanEntry,
  ways: readonly (readonly FaultEffect[])[],
  { phases, cluster }: Plan,
): string | null {
  const endMs = entry.atMs + entry.durationMs;
  if (endMs > phases.faultsMs) {
    const phase = `phases.faults, ${durationText(phases.faultsMs)}`;
    return `${entry.id} ends at ${durationText(endMs)}; allowed: within ${phase}`;
  }
  const effects = ways.flat();
  if (entry.notApplicable !== undefined) return null;
  if (effects.length === 0) return "strikes nothing; allowed: targets that have what it strikes";
  if (effects.some(strikesLink) && cluster.links === "direct") {
    return "strikes links, and cluster.links is direct; allowed: cluster.links: proxied";
  }
  const struck = effects.find((effect) => !strikesLink(effect) && !isReplica(effect.replica));
  if (struck !== undefined && !strikesLink(struck) && entry.fault !== BAD_CLIENT) {
    return `strikes replicas, and ${struck.replica} is a client host`;
  }
  // What was killed is started again at its end or at the end of the phase, whichever is first.
  const killed = effects.some(
    (effect) => effect.on === "process" && effect.condition.kind !== "paused",
  );
  if (killed && cluster.durability === "none") {
    return (
      "kills and restarts a replica that writes nothing (durability: none): it would come back " +
      "with amnesia; allowed: durability: group-commit or fsync-each"
    );
  }
  return null;
}

function isReplica(endpoint: string): boolean {
  return endpoint.startsWith("r");
}

function quietRefusal({ phases, recoveryBound }: Plan): readonly string[] {
  const boundMs = Math.ceil(recoveryBound.totalMs);
  if (phases.quietMs >= boundMs) return [];
  const parts = Object.entries(recoveryBound.parts).map(
    ([part, ms]) => `${part} ${durationText(Math.ceil(ms))}`,
  );
  return [
    `found ${durationText(phases.quietMs)}; allowed: at least the recovery bound, ${durationText(boundMs)} ` +
      `(${parts.join(" + ")}); write: quiet: ${Math.ceil(boundMs / 1_000)}s`,
  ];
}

/** A plan asks for more than its driver can do, or than it can do on this machine. */
export class UnofferedError extends ScenarioError {}

/** Of what is registered, that which a refusal names. */
export interface Offered {
  readonly faults: readonly FaultDefinition[];
  readonly drivers: readonly DriverOffer[];
}

/**
 * Refuses a plan that asks for more than the driver has, naming every fault, what it needs, and who
 * has that.
 * @throws ScenarioError
 */
export function refuseUnoffered(
  plan: Plan,
  driver: DriverOffer,
  { faults, drivers }: Offered,
): void {
  const asked = new Map(plan.entries.map(({ name, fault }) => [name, fault]));
  const unoffered = [...asked].flatMap(([name, fault]) => {
    const needs = faults.find(({ kind }) => kind === fault)?.needs ?? [];
    const missing = needs.filter((control) => !driver.offers.includes(control));
    return missing.length === 0 ? [] : [{ name, fault, needs, missing }];
  });
  const unheard = driver.isDeaf === true ? unheardEvents(plan, driver.name) : [];
  const others = drivers.filter(({ name }) => name !== driver.name);
  const problems = [
    ...generatorRefusal(plan, driver),
    ...unheard,
    ...unoffered.map(({ name, fault, needs, missing }): Problem => {
      const because = missing.flatMap((control) => driver.lacks?.[control] ?? []);
      const has = because.length === 0 ? "has not" : `has not here: ${because.join("; ")}`;
      const message =
        `${fault} needs ${controlsText(missing)}, which the driver ${driver.name} ${has}; ` +
        `allowed: ${driverOptions(needs, others)}`;
      return { where: plan.scenario, path: name, message };
    }),
  ];
  if (problems.length > 0) throw new UnofferedError(problems);
}

function unheardEvents({ scenario, entries }: Plan, driver: string): readonly Problem[] {
  const waiting = new Map(
    entries.flatMap(({ name, when }) => (when?.kind === "event" ? [[name, when.event]] : [])),
  );
  return [...waiting].map(([name, event]) => {
    const why = `the driver ${driver} hears nothing of what happens in its cluster`;
    const message = `waits for ${event}, and ${why}; allowed: at, after and healed`;
    return { where: scenario, path: name, message };
  });
}

function generatorRefusal({ scenario, workload }: Plan, driver: DriverOffer): readonly Problem[] {
  // Asked in this order: whether there is a k6 is looked up anew each time.
  if (workload.script === undefined || driver.generators?.includes("k6") === true) return [];
  const because = driver.lacks?.k6 ?? "allowed: its built-in one";
  const message = `the driver ${driver.name} has no generator k6; ${because}`;
  return [{ where: scenario, path: "workload.generator", message }];
}

/**
 * That no check finds a bug would say nothing where not a line of it is run.
 * @throws UnofferedError
 */
export function refuseUnplayed(
  { scenario, cluster }: Plan,
  driver: DriverOffer,
  mutants: ReadonlyMap<string, PlantedBug>,
): void {
  const mutant = mutants.get(cluster.mutant ?? "");
  if (mutant === undefined || driver.plays?.(mutant) !== false) return;
  const message =
    `${mutant.name} changes ${mutant.file}, which the driver ${driver.name} does not run; ` +
    "allowed: another driver";
  throw new UnofferedError([{ where: scenario, path: "cluster.mutant", message }]);
}
