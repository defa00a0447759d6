/** `bft-chaos shrink <what>`: a failure, made as small as it can be and still fails. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { linkRuntime } from "../drivers/runtime-exploration/linked-runtime.ts";
import { playRuntime } from "../drivers/runtime-exploration/play-runtime.ts";
import { judgePlan } from "../drivers/simulation/explore.ts";
import { refuseKinds } from "../input-kind.ts";
import { readPlanFile } from "../plan-file.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { collect } from "./arguments.ts";
import { seedOptionsOf } from "./explore/assignment.ts";
import { keepSmaller } from "./explore/failures.ts";
import { runtimeMutantOf } from "./explore/runtime-assignment.ts";
import { keepSmallerRuntime } from "./explore/runtime-failures.ts";
import { type KeptRuntimePlan, readRuntimePlan } from "./explore/runtime-plan-file.ts";
import { shrinkRun } from "./shrink/smaller-run.ts";

interface ShrinkFlags {
  readonly out: string;
  readonly mutants: readonly string[];
}

const TAKEN = "a plan that `explore` kept, plan.json of a run, or a run's folder";

export function register(program: Command): void {
  program
    .command("shrink")
    .description(
      "take from a failure what can go and it still fails: faults, replicas, operations, lies",
    )
    .argument("<what>", TAKEN)
    .option("--out <folder>", "where the small run of a run goes", join("runs", "shrink"))
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .action(async (what: string, flags: ShrinkFlags) => {
      refuseMissing(what);
      refuseKinds(what, ["scenario", "printed plan"], TAKEN);
      process.exitCode = isFolder(what)
        ? await shrinkFolder(what, flags)
        : await shrinkFile(what, flags);
    });
}

function refuseMissing(where: string): void {
  if (statSync(where, { throwIfNoEntry: false }) !== undefined) return;
  const message = `no such file or folder; allowed: ${TAKEN}`;
  throw new ScenarioError([{ where, path: "", message }]);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function shrinkFolder(directory: string, { out, mutants }: ShrinkFlags): Promise<number> {
  return shrinkRun(directory, { out, mutantFolders: mutants });
}

async function shrinkFile(path: string, { mutants }: ShrinkFlags): Promise<number> {
  const kept = readRuntimePlan(path);
  if (kept !== null) return shrinkRuntimePlan(path, kept, mutants);
  const plan = readPlanFile(path);
  const { protocol, service, mutant } = plan.cluster;
  const nothing = {
    behaviour: null,
    attack: null,
    faults: null,
    costs: "drawn",
    signatures: "fast",
  } as const;
  const names = { protocol, service: service.name, mutant, mutantFolders: mutants };
  const options = await seedOptionsOf({ ...names, ...nothing });
  if (judgePlan(plan, options).broken.length === 0) refuseSound(path);
  process.stdout.write(`${path}\n`);
  keepSmaller({ plan, path }, { options, mutantFolders: mutants });
  return EXIT_CODES.asExpected;
}

async function shrinkRuntimePlan(
  path: string,
  { mutant, plan }: KeptRuntimePlan,
  mutantFolders: readonly string[],
): Promise<number> {
  const assignment = { mutant, mutantFolders };
  const { broken } = await playRuntime(plan, await linkRuntime(runtimeMutantOf(assignment)));
  if (broken.length === 0) refuseSound(path);
  process.stdout.write(`${path}\n`);
  await keepSmallerRuntime({ plan, path, broken }, assignment);
  return EXIT_CODES.asExpected;
}

function refuseSound(where: string): never {
  const message = "it breaks no promise: there is nothing to shrink";
  throw new ScenarioError([{ where, path: "", message }]);
}
