/** `bft-chaos nightly`: all that looks for bugs, within a budget of time, and one page of it. */
import { randomBytes, randomInt } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { ownerName, thisOwner } from "../drivers/processes/owner.ts";
import { thisHost, versionsOf } from "../host.ts";
import { NIGHT_FORMAT, type Night } from "../reports/night/night.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { SEED_MAX } from "../scenario/schema.ts";
import { between, collect, milliseconds } from "./arguments.ts";
import { newNightFolder, unfinishedNight } from "./nightly/night-folder.ts";
import { type NightShift, workThrough } from "./nightly/night-shift.ts";
import { refuseUnwritable } from "./out-folder.ts";

interface NightlyFlags {
  readonly budget?: number;
  readonly seed?: number;
  readonly out: string;
  readonly resume: boolean;
  readonly mutant?: string;
  readonly mutants: readonly string[];
}

const SCENARIOS = join(import.meta.dirname, "..", "..", "scenarios");
/** Short enough to be typed. */
const SEEDS_DRAWN_BELOW = 1_000_000_000;
const BUDGET_MIN_MS = 10_000;

export function register(program: Command): void {
  program
    .command("nightly")
    .description(
      "exploration, drawn scenarios and the suites on real processes, within a budget of time; one " +
        "page in the morning",
    )
    .argument(
      "[path...]",
      "the suites: scenario files, or folders of them (default: all there are)",
    )
    .option("--budget <duration>", "how long it may take: 20m", budget)
    .option(
      "--seed <number>",
      "what is drawn (default: another one each night)",
      between(0, SEED_MAX),
    )
    .option("--out <folder>", "where the night's folder goes", "runs")
    .option("--resume", "go on with the newest night, which was killed or stopped", false)
    .option("--mutant <name>", "run a planted bug instead of the honest code: it must go red")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .action(async (paths: readonly string[], flags: NightlyFlags) => {
      refuseUnwritable(flags.out);
      const shift = flags.resume ? takenUp(paths, flags) : begun(paths, flags);
      process.exitCode = await workThrough(shift);
    });
}

function budget(text: string): number {
  const ms = milliseconds(text);
  if (ms >= BUDGET_MIN_MS) return ms;
  throw new InvalidArgumentError(`at least ${BUDGET_MIN_MS / 1_000}s are needed`);
}

function begun(paths: readonly string[], flags: NightlyFlags): NightShift {
  if (flags.budget === undefined) throw wrong("--budget", "how long may it take? --budget 20m");
  const seed = flags.seed ?? randomInt(SEEDS_DRAWN_BELOW);
  const { budget: budgetMs, mutant = null, mutants: mutantFolders, out } = flags;
  const id = randomBytes(4).toString("hex");
  const startedAt = new Date();
  const asked = (paths.length === 0 ? [SCENARIOS] : paths).map((path) => resolve(path));
  const night: Night = {
    format: NIGHT_FORMAT,
    id,
    seed,
    budgetMs,
    mutant,
    mutantFolders: mutantFolders.map((folder) => resolve(folder)),
    paths: asked,
    startedAt: startedAt.toISOString(),
    sessions: 1,
    spentMs: 0,
    state: "running",
    why: null,
    owner: ownerName(thisOwner()),
    steps: [],
    current: null,
    notRun: [],
    exitCode: null,
    host: thisHost(),
    versions: versionsOf(),
    rerun: rerunOf(paths, { budgetMs, seed, mutant, mutantFolders }),
  };
  return { night, openFolder: () => newNightFolder(out, id, startedAt) };
}

/** As short as it was given: seen from where the command is run. */
function rerunOf(
  paths: readonly string[],
  {
    budgetMs,
    seed,
    mutant,
    mutantFolders,
  }: Pick<Night, "budgetMs" | "seed" | "mutant" | "mutantFolders">,
): string {
  return [
    "npx bft-chaos nightly",
    ...paths.map((path) => relative("", path) || "."),
    `--budget ${budgetMs / 1_000}s --seed ${seed}`,
    ...(mutant === null ? [] : [`--mutant ${mutant}`]),
    ...mutantFolders.map((folder) => `--mutants ${folder}`),
  ].join(" ");
}

/** It goes on as it began: another budget or seed would make it another night. */
function takenUp(paths: readonly string[], flags: NightlyFlags): NightShift {
  const { budget: budgetMs, seed, mutant, mutants } = flags;
  const given = [paths[0], budgetMs, seed, mutant, mutants[0]];
  if (given.some((each) => each !== undefined)) {
    throw wrong(
      "--resume",
      "goes on with the paths, budget, seed and planted bug that it began with",
    );
  }
  const { store, night } = unfinishedNight(flags.out);
  const sessions = night.sessions + 1;
  const again = { ...night, sessions, state: "running", why: null, exitCode: null } as const;
  return { night: { ...again, owner: ownerName(thisOwner()) }, openFolder: () => store };
}

function wrong(where: string, message: string): ScenarioError {
  return new ScenarioError([{ where, path: "", message }]);
}
