/** YAML text -> Scenario, or everything that is wrong with it at once. */
import { inconsistencies, lastingMs, type SoundSections } from "./consistency.ts";
import { readDocument } from "./document.ts";
import { repetitionsOf } from "./repetitions.ts";
import type { Problem, Scenario, ScenarioFault, ScenarioSource } from "./scenario.ts";
import { ScenarioError } from "./scenario.ts";
import {
  API_VERSION,
  type FaultSection,
  KIND,
  type ScenarioSchema,
  type ScenarioSections,
  scenarioSchema,
} from "./schema.ts";
import type { ScenarioVocabulary } from "./vocabulary.ts";
import { type Finding, findingsOf } from "./wording.ts";

export interface ScenarioText {
  readonly text: string;
  /** As the messages should name it. */
  readonly file: string;
  /** `path=value` each, from the command line; they win over the text. */
  readonly sets?: readonly string[];
}

/** @throws ScenarioError with all problems */
export function loadScenario(
  { text, file, sets = [] }: ScenarioText,
  vocabulary: ScenarioVocabulary,
): Scenario {
  const { source, value, problems } = readDocument(text, file, sets);
  if (problems.length > 0) throw new ScenarioError(problems);
  return scenarioOf(value, source, vocabulary);
}

/**
 * The same from the data that a text holds.
 * @throws ScenarioError with all problems
 */
export function scenarioOf(
  value: unknown,
  source: ScenarioSource,
  vocabulary: ScenarioVocabulary,
): Scenario {
  if (!isMap(value)) throw new ScenarioError([source.problem([], noMap(value))]);
  const schema = scenarioSchema(vocabulary);
  const parsed = schema.safeParse(value);
  const findings = parsed.success ? [] : findingsOf(parsed.error.issues, value, schema);
  const sections = parsed.success ? parsed.data : soundSections(schema, value);
  const joint = inconsistencies(sections, vocabulary);
  if (!parsed.success || joint.length > 0) {
    const told = isForeign(value) ? findings.filter(isOfHead) : [...findings, ...joint];
    throw new ScenarioError(inOrder(told, source));
  }
  const faultsMs = parsed.data.phases.faults;
  const names = namesOf(parsed.data.faults);
  const faults = parsed.data.faults.flatMap((fault, place) => {
    const family = names[place] ?? fault.fault;
    const durationMs = lastingMs(fault, faultsMs);
    const { fault: kind, outlasts, keys } = fault;
    return repetitionsOf(fault, family).map((one): ScenarioFault => {
      return { ...one, family, place, fault: kind, durationMs, outlasts, keys };
    });
  });
  return { ...parsed.data, faults, source };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Another tool's file: what it lacks and has too much says nothing. */
function isForeign({ apiVersion, kind }: Readonly<Record<string, unknown>>): boolean {
  return typeof kind === "string" && kind !== KIND && apiVersion !== API_VERSION;
}

function isOfHead({ path: [key] }: Finding): boolean {
  return key === "apiVersion" || key === "kind";
}

function noMap(value: unknown): string {
  const found =
    value === null || value === undefined ? "the file is empty" : "found no map of keys";
  return `${found}; allowed: a scenario, which begins with apiVersion: ${API_VERSION}`;
}

/** Each section by itself, so that an error in one hides no inconsistency of the others. */
function soundSections(
  schema: ScenarioSchema,
  value: Readonly<Record<string, unknown>>,
): SoundSections {
  const { cluster, workload, phases, expect, faults } = schema.shape;
  const list: readonly unknown[] = Array.isArray(value["faults"]) ? value["faults"] : [];
  const fault = faults.unwrap().element;
  return {
    cluster: cluster.safeParse(value["cluster"]).data,
    workload: workload.safeParse(value["workload"]).data,
    phases: phases.safeParse(value["phases"]).data,
    expect: expect.safeParse(value["expect"]).data,
    faults: list.map((item) => fault.safeParse(item).data),
  };
}

/** By place in the text, so that a reader mends the file from top to bottom. */
function inOrder(findings: readonly Finding[], source: ScenarioSource): readonly Problem[] {
  const placed = findings.map(({ path, message }) => source.problem(path, message));
  return placed.toSorted((a, b) => lineOf(a) - lineOf(b));
}

function lineOf({ where }: Problem): number {
  return Number(/:(\d+):\d+$/.exec(where)?.[1] ?? 0);
}

/** A fault without a name gets its kind, and a number where that is taken. */
function namesOf(faults: ScenarioSections["faults"]): readonly string[] {
  const taken = new Set(faults.flatMap(({ name }) => name ?? []));
  /** The number to try next, by kind: a search from 2 again would be quadratic. */
  const next = new Map<string, number>();
  return faults.map(({ name, fault }: FaultSection) => {
    if (name !== undefined) return name;
    let number = next.get(fault) ?? 1;
    const numbered = () => (number === 1 ? fault : `${fault}-${number}`);
    while (taken.has(numbered())) number += 1;
    next.set(fault, number + 1);
    return numbered();
  });
}
