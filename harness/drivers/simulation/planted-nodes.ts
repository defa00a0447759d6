import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadMutants, type Mutant, MutantError, mutate, plant } from "../../../faults/mutant.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import { protocols, services } from "../../../nodes/registry.ts";
import { unknownName } from "../../scenario/closest.ts";

/** What a cluster is made of: the honest registries, or those of a copy with a planted bug. */
export interface Nodes {
  readonly protocols: readonly Protocol[];
  readonly services: readonly ServiceDefinition[];
}

/**
 * @param name of the mutant; null: the honest code
 * @param folders searched for mutants beside the project's own
 */
export async function loadNodes(name: string | null, folders: readonly string[]): Promise<Nodes> {
  if (name === null) return { protocols, services };
  const mutants = loadMutants(folders);
  const mutant = mutants.get(name);
  if (mutant === undefined) {
    throw new MutantError(
      `mutant: ${unknownName(name, [...mutants.keys()], "npx bft-chaos list mutants")}`,
    );
  }
  // Who plays many plans of one bug needs one copy: a module is never unloaded.
  const key = `${mutant.file}\n${mutate(mutant)}`;
  const known = planted.get(key) ?? plantedNodes(mutant);
  planted.set(key, known);
  return known;
}

/** By the file that is changed, and its text. */
const planted = new Map<string, Promise<Nodes>>();

async function plantedNodes(mutant: Mutant): Promise<Nodes> {
  const folder = mkdtempSync(join(tmpdir(), "bft-chaos-mutant-"));
  try {
    const copy = plant(mutant, folder);
    // Evaluated at once and for good: the files are not needed any more afterwards.
    return (await import(pathToFileURL(join(copy, "registry.ts")).href)) as Nodes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
