import type { FaultDefinition } from "../../faults/fault.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../nodes/protocols/contract/service.ts";
import type { ExecutorWords } from "./executor-words.ts";

/** The names a scenario may use. Handed in as a value, so that this stage loads no driver. */
export interface ScenarioVocabulary {
  readonly protocols: readonly Protocol[];
  readonly services: readonly ServiceDefinition[];
  readonly faults: readonly FaultDefinition[];
  /** How a load may be offered; a scenario that does not say gets the first. */
  readonly executors: readonly ExecutorWords[];
  /** Ids of checkers; left out = any is let through here. */
  readonly checks?: readonly string[];
  /** Names of planted bugs; left out = any name is let through here. */
  readonly mutants?: readonly string[];
}
