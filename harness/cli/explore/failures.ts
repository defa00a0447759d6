/** What failed: told, kept as plans, and made small. */
import { join } from "node:path";
import {
  describeFailure,
  drawnPlan,
  type Failure,
  type SeedOptions,
} from "../../drivers/simulation/explore.ts";
import type { Plan } from "../../plan/plan.ts";
import { writePlanFile } from "../../plan-file.ts";
import { printableLines } from "../../scenario/printable.ts";
import { shownPath } from "../shown-path.ts";
import { type Assignment, foldersAgain, givenAgain } from "./assignment.ts";
import { REPLAYS, sizeWords, smallerFailure } from "./smaller-failure.ts";
import { tellSmallest } from "./telling.ts";

/** One of each kind is enough to begin with; a bug that is always there fails with every seed. */
const SHRUNK_MAX = 3;

export interface Keeping {
  readonly assignment: Assignment;
  readonly options: SeedOptions;
  /** Where the files go. */
  readonly out: string;
  readonly isShrinking: boolean;
}

export function tellFailures(failures: readonly Failure[], keeping: Keeping): void {
  const kinds = new Set<string>();
  for (const failure of failures) {
    const kept = keepFailure(failure, keeping);
    const kind = failure.broken.map(({ check }) => check).join();
    if (!keeping.isShrinking || kinds.has(kind) || kinds.size >= SHRUNK_MAX) continue;
    kinds.add(kind);
    keepSmaller(kept, { ...keeping, mutantFolders: keeping.assignment.mutantFolders });
  }
}

interface Kept {
  readonly plan: Plan;
  readonly path: string;
}

function keepFailure(failure: Failure, { assignment, options, out }: Keeping): Kept {
  const { seed } = failure;
  const text = describeFailure({ ...failure, rerun: failure.rerun + givenAgain(assignment) });
  const path = join(out, `${assignment.protocol}-seed-${seed}.json`);
  const plan = drawnPlan(seed, options);
  writePlanFile(path, plan);
  const { mutantFolders } = assignment;
  process.stdout.write(`${printableLines(text)}\n  kept: ${runAgain(path, mutantFolders)}\n`);
  return { plan, path };
}

/** Beside it, as `...small.json`. */
export function keepSmaller(
  { plan, path }: Kept,
  {
    options,
    mutantFolders,
  }: Pick<Keeping, "options"> & { readonly mutantFolders: readonly string[] },
): void {
  const smaller = smallerFailure(plan, options);
  if (smaller.steps === 0) return tellSmallest(smaller.tries);
  const smallPath = `${path.replace(/\.json$/, "")}.small.json`;
  writePlanFile(smallPath, smaller.smallest);
  const again = `it fails in ${smaller.failsAgain} of ${REPLAYS} replays`;
  const command = runAgain(smallPath, mutantFolders);
  process.stdout.write(`  small: ${sizeWords(smaller)}; ${again}: ${command}\n`);
}

function runAgain(path: string, mutantFolders: readonly string[]): string {
  const folders = foldersAgain(mutantFolders);
  return `npx bft-chaos run ${shownPath(path)} --driver simulation${folders}`;
}
