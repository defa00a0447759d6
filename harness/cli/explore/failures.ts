/** What failed: told, kept as files, and made small. */
import { join } from "node:path";
import {
  describeFailure,
  type Failure,
  type SeedOptions,
} from "../../drivers/simulation/explore.ts";
import { printableLines } from "../../scenario/printable.ts";
import { shownPath } from "../shown-path.ts";
import { type Assignment, givenAgain } from "./assignment.ts";
import { drawnAs, type KeptSchedule, keepSchedule } from "./kept-schedule.ts";
import { REPLAYS, sizeWords, smallerFailure } from "./smaller-failure.ts";

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
    keepSmaller(kept, keeping);
  }
}

interface Kept extends KeptSchedule {
  readonly path: string;
}

function keepFailure(failure: Failure, { assignment, options, out }: Keeping): Kept {
  const { seed, broken } = failure;
  const text = describeFailure({ ...failure, rerun: failure.rerun + givenAgain(assignment) });
  const path = join(out, `${assignment.protocol}-seed-${seed}.json`);
  const kept = { assignment, schedule: drawnAs(seed, assignment, options) };
  keepSchedule(path, kept, broken);
  process.stdout.write(`${printableLines(text)}\n  kept: ${rerunOf(path)}\n`);
  return { ...kept, path };
}

/** Beside it, as `...small.json`. */
export function keepSmaller(
  { assignment, schedule, path }: Kept,
  { options }: Pick<Keeping, "options">,
): void {
  const smaller = smallerFailure(schedule, options);
  const smallPath = `${path.replace(/\.json$/, "")}.small.json`;
  keepSchedule(smallPath, { assignment, schedule: smaller.smallest }, smaller.broken);
  const again = `it fails in ${smaller.failsAgain} of ${REPLAYS} replays`;
  process.stdout.write(`  small: ${sizeWords(smaller)}; ${again}: ${rerunOf(smallPath)}\n`);
}

function rerunOf(path: string): string {
  return `npx bft-chaos explore --schedule ${shownPath(path)}`;
}
