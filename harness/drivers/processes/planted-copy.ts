import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSource, loadMutants, plant } from "../../../faults/mutant.ts";
import { DriverError } from "../driver.ts";

const FAULTS = fileURLToPath(new URL("../../../faults", import.meta.url));

/**
 * Writes a copy of the code of the replicas with a planted bug in it.
 * @returns the folder it is in
 * @throws {DriverError} MUTANT, for a planted bug that does not exist
 */
export function plantedCopy(
  name: string,
  { mutantFolders, folder }: { readonly mutantFolders: readonly string[]; readonly folder: string },
): string {
  const mutant = loadMutants(mutantFolders).get(name);
  if (!mutant) throw new DriverError("MUTANT", `there is no mutant ${name}`);
  plant(mutant, folder);
  // A liar in such a cluster wraps the changed core.
  cpSync(FAULTS, join(folder, "faults"), { recursive: true, filter: isSource });
  return folder;
}
