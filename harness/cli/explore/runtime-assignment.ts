/** What seeds of the runtime are played with: plain data, so that any thread can play them. */
import type { Mutant } from "../../../faults/mutant.ts";
import { runsLinked } from "../../drivers/runtime-exploration/linked-runtime.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import { foldersAgain, mutantNamed } from "./assignment.ts";

export interface RuntimeAssignment {
  readonly mutant: string | null;
  readonly mutantFolders: readonly string[];
}

/** Null: the honest code. @throws {ScenarioError} if there is no such bug in what is played */
export function runtimeMutantOf({ mutant, mutantFolders }: RuntimeAssignment): Mutant | null {
  if (mutant === null) return null;
  const found = mutantNamed(mutant, mutantFolders);
  if (runsLinked(found)) return found;
  const message = `${mutant} changes ${found.file}, which --part runtime does not run`;
  throw new ScenarioError([{ where: "--mutant", path: "", message }]);
}

/** The line that plays one seed again. */
export function runtimeSeedAgain(seed: number, assignment: RuntimeAssignment): string {
  const { mutant, mutantFolders } = assignment;
  const planted = mutant === null ? "" : ` --mutant ${mutant}`;
  const folders = foldersAgain(mutantFolders);
  return `npx bft-chaos explore --part runtime --seed ${seed} --seeds 1${planted}${folders}`;
}
