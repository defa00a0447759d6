import { loadMutants, type Mutant } from "../../../faults/mutant.ts";
import { defaults } from "../../../nodes/registry.ts";
import type { SeedOptions } from "../../drivers/simulation/explore.ts";
import { loadNodes } from "../../drivers/simulation/planted-nodes.ts";
import { unknownName } from "../../scenario/closest.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import { brokenPromises } from "../explore-oracle.ts";

/** @throws {ScenarioError} with the nearest of those there are */
export function mutantNamed(name: string, folders: readonly string[]): Mutant {
  const all = loadMutants(folders);
  const found = all.get(name);
  if (found !== undefined) return found;
  const message = unknownName(name, [...all.keys()], "npx bft-chaos list mutants");
  throw new ScenarioError([{ where: "--mutant", path: "", message }]);
}

/** What makes seeds into plans of a cluster: plain data, so that any thread can play them. */
export interface Assignment {
  readonly protocol: string;
  readonly service: string;
  readonly signatures: "fast" | "ed25519";
  /** What one replica does in every plan; null: drawn. */
  readonly behaviour: string | null;
  /** What one client does in every plan; null: drawn. */
  readonly attack: string | null;
  /** f in every plan; null: drawn. */
  readonly faults: number | null;
  readonly costs: "drawn" | "off";
  readonly mutant: string | null;
  readonly mutantFolders: readonly string[];
}

/** The same with the code that it names, honest or with the planted bug. */
export async function seedOptionsOf(assignment: Assignment): Promise<SeedOptions> {
  const { signatures, behaviour, attack, faults, costs, mutant, mutantFolders } = assignment;
  const nodes = await loadNodes(mutant, mutantFolders);
  const protocol = nodes.protocols.find(({ name }) => name === assignment.protocol);
  const service = nodes.services.find(({ name }) => name === assignment.service);
  if (!protocol || !service) {
    throw new Error(`there is no ${assignment.protocol} with ${assignment.service}`);
  }
  return {
    protocol,
    service,
    signatures,
    behaviour,
    attack,
    faults,
    costs,
    mutant,
    judge: brokenPromises,
  };
}

/** What the line that runs a seed again needs beside the seed and the protocol. */
export function givenAgain(assignment: Assignment): string {
  const { service, signatures, behaviour, attack, faults, costs, mutant, mutantFolders } =
    assignment;
  return [
    service === defaults.service ? "" : ` --service ${service}`,
    signatures === "fast" ? "" : ` --signatures ${signatures}`,
    behaviour === null ? "" : ` --behaviour ${behaviour}`,
    attack === null ? "" : ` --attack ${attack}`,
    faults === null ? "" : ` --f ${faults}`,
    costs === "drawn" ? "" : ` --costs ${costs}`,
    mutant === null ? "" : ` --mutant ${mutant}`,
    foldersAgain(mutantFolders),
  ].join("");
}

export function foldersAgain(folders: readonly string[]): string {
  return folders.map((folder) => ` --mutants ${folder}`).join("");
}
