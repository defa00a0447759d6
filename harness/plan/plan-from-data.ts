/** A plan from the data of a scenario that no file holds, expanded as files are. */
import type { FaultDefinition } from "../../faults/fault.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../nodes/protocols/contract/service.ts";
import { scenarioOf } from "../scenario/load.ts";
import { formatPath, type ScenarioSource } from "../scenario/scenario.ts";
import { API_VERSION } from "../scenario/schema.ts";
import type { ScenarioVocabulary } from "../scenario/vocabulary.ts";
import { expand } from "./expand.ts";
import type { Plan } from "./plan.ts";

export interface DataWords {
  readonly protocol: Protocol;
  readonly service: ServiceDefinition;
  readonly faults: readonly FaultDefinition[];
  readonly executors: ScenarioVocabulary["executors"];
}

/**
 * @param sections as a file has them, `apiVersion` and `kind` left out
 * @throws ScenarioError as a file does
 */
export function planFromData(sections: Readonly<Record<string, unknown>>, words: DataWords): Plan {
  const vocabulary = vocabularyOf(words);
  const data = { apiVersion: API_VERSION, kind: "Scenario", ...sections };
  return expand(scenarioOf(data, DATA, vocabulary), { vocabulary });
}

const DATA: ScenarioSource = {
  file: "data",
  given: () => true,
  problem: (path, message) => ({ where: "data", path: formatPath(path), message }),
};

/** A schema is built once for each. */
const vocabularies = new WeakMap<Protocol, WeakMap<ServiceDefinition, ScenarioVocabulary>>();

function vocabularyOf({ protocol, service, ...words }: DataWords): ScenarioVocabulary {
  const known = vocabularies.get(protocol) ?? new WeakMap<ServiceDefinition, ScenarioVocabulary>();
  vocabularies.set(protocol, known);
  const made = known.get(service) ?? { protocols: [protocol], services: [service], ...words };
  known.set(service, made);
  return made;
}
