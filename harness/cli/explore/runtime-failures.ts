/** What failed in the runtime: told, kept as plans, and made small. */
import { join } from "node:path";
import type { BrokenPromise } from "../../drivers/runtime-exploration/judge.ts";
import { linkRuntime } from "../../drivers/runtime-exploration/linked-runtime.ts";
import { playRuntime } from "../../drivers/runtime-exploration/play-runtime.ts";
import { drawPlan, type RuntimePlan } from "../../drivers/runtime-exploration/runtime-plan.ts";
import type { Shrunk } from "../../plan/shrink.ts";
import { printable, printableLines } from "../../scenario/printable.ts";
import { shownPath } from "../shown-path.ts";
import { shrinkAsync } from "../shrink/shrink-async.ts";
import { foldersAgain } from "./assignment.ts";
import { type RuntimeAssignment, runtimeMutantOf, runtimeSeedAgain } from "./runtime-assignment.ts";
import { writeRuntimePlan } from "./runtime-plan-file.ts";
import { simplerRuntimePlans } from "./simpler-runtime-plans.ts";
import { REPLAYS } from "./smaller-failure.ts";
import { shrinkProgress, tellSmallest } from "./telling.ts";

/** One of each kind is enough to begin with; a bug that is always there fails with every seed. */
const SHRUNK_MAX = 3;
/** Each takes some tenths of a second. */
const TRIES_MAX = 150;

export interface RuntimeFailure {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
}

export interface KeepingRuntime {
  readonly assignment: RuntimeAssignment;
  /** Where the files go. */
  readonly out: string;
  readonly isShrinking: boolean;
}

export async function tellRuntimeFailures(
  failures: readonly RuntimeFailure[],
  { assignment, out, isShrinking }: KeepingRuntime,
): Promise<void> {
  const kinds = new Set<string>();
  for (const { seed, broken } of failures) {
    const plan = drawPlan(seed);
    const path = join(out, `runtime-seed-${seed}.json`);
    writeRuntimePlan(path, { mutant: assignment.mutant, plan });
    const told = [
      `seed ${seed}: ${runtimeSeedAgain(seed, assignment)}`,
      ...brokenLines(broken),
      `  kept: ${replayLine(path, assignment)}`,
    ];
    process.stdout.write(`${printableLines(told.join("\n"))}\n`);
    const kind = broken.map(({ check }) => check).join();
    if (!isShrinking || kinds.has(kind) || kinds.size >= SHRUNK_MAX) continue;
    kinds.add(kind);
    await keepSmallerRuntime({ plan, path, broken }, assignment);
  }
}

export function brokenLines(broken: readonly BrokenPromise[]): readonly string[] {
  return broken.map(({ check, what }) => `  ${check}: ${what}`);
}

interface Kept {
  readonly plan: RuntimePlan;
  readonly path: string;
  /** What it breaks: the first of it is what the small one breaks, too. */
  readonly broken: readonly BrokenPromise[];
}

/** Beside it, as `...small.json`. */
export async function keepSmallerRuntime(
  { plan, path, broken }: Kept,
  assignment: RuntimeAssignment,
): Promise<void> {
  const runtime = await linkRuntime(runtimeMutantOf(assignment));
  const wanted = broken[0]?.check;
  const fails = async (candidate: RuntimePlan) =>
    (await playRuntime(candidate, runtime)).broken.some(({ check }) => check === wanted);
  const shrunk = await shrinkAsync(plan, fails, {
    reductions: simplerRuntimePlans,
    triesMax: TRIES_MAX,
    onTry: shrinkProgress(),
  });
  if (shrunk.steps === 0) return tellSmallest(shrunk.tries);
  let failsAgain = 0;
  for (let replay = 0; replay < REPLAYS; replay += 1) {
    if (await fails(shrunk.smallest)) failsAgain += 1;
  }
  const smallPath = `${path.replace(/\.json$/, "")}.small.json`;
  writeRuntimePlan(smallPath, { mutant: assignment.mutant, plan: shrunk.smallest });
  const again = `it fails in ${failsAgain} of ${REPLAYS} replays`;
  const told = `small: ${sizeWords(plan, shrunk)}; ${again}: ${replayLine(smallPath, assignment)}`;
  process.stdout.write(`  ${printable(told)}\n`);
}

function sizeWords(
  before: RuntimePlan,
  { smallest: after, steps, tries, isMinimal }: Shrunk<RuntimePlan>,
): string {
  const parts = [
    ["mishaps", before.mishaps.length, after.mishaps.length],
    ["replicas", before.replicas, after.replicas],
    ["ms", before.activeMs, after.activeMs],
  ].map(([what, from, to]) => (from === to ? `${what} ${to}` : `${what} ${from} -> ${to}`));
  const end = isMinimal ? "" : ", and it may go on";
  return `${parts.join(", ")} (${steps} reductions of ${tries} tried${end})`;
}

function replayLine(path: string, { mutantFolders }: RuntimeAssignment): string {
  return `npx bft-chaos replay ${shownPath(path)}${foldersAgain(mutantFolders)}`;
}
