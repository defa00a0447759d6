/** `bft-chaos replay <run>`: the plan of an old run once more, and how often it comes out alike. */
import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { EXIT_CODES, harnessCode, type RunOutcome } from "../checkers/verdict/exit-code.ts";
import type { Judgement } from "../checkers/verdict/judgement.ts";
import { drivers } from "../drivers/registry.ts";
import { refuseKinds } from "../input-kind.ts";
import { type PlannedScenario, planAgain } from "../run.ts";
import { printable } from "../scenario/printable.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { Aborts } from "./aborts.ts";
import { between, choice, collect } from "./arguments.ts";
import { readRuntimePlan } from "./explore/runtime-plan-file.ts";
import { replayRuntimePlan } from "./explore/runtime-replay.ts";
import { judgeAgain } from "./judge-again.ts";
import { refuseUnwritable } from "./out-folder.ts";
import { shownPath } from "./shown-path.ts";
import { shownRun } from "./shown-run.ts";

const TIMES_MAX = 1_000;

interface ReplayFlags {
  readonly times: number;
  readonly driver?: string;
  readonly out: string;
  readonly mutants: readonly string[];
}

export function register(program: Command): void {
  program
    .command("replay")
    .description("play the plan of an old run again, and count how often it comes out the same")
    .argument(
      "<run>",
      "a run's folder, for example runs/my-own/latest, or a plan of the runtime that `explore` kept",
    )
    .option("--times <number>", "how often", between(1, TIMES_MAX), 1)
    .addOption(choice("--driver <name>", drivers))
    .option("--out <folder>", "where the run stores go", join("runs", "replay"))
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .action(async (what: string, flags: ReplayFlags) => {
      const isFile = statSync(what, { throwIfNoEntry: false })?.isFile() === true;
      process.exitCode = await (isFile ? replayFile : replay)(what, flags);
    });
}

interface Played extends RunOutcome {
  /** Null: nothing was judged. */
  readonly words: string | null;
}

function replayFile(path: string, { driver, times, mutants }: ReplayFlags): Promise<number> {
  const refuse = (where: string, message: string) =>
    new ScenarioError([{ where, path: "", message }]);
  refuseKinds(
    path,
    ["scenario", "plan", "printed plan"],
    "a run's folder, or a plan of the runtime",
  );
  const kept = readRuntimePlan(path);
  if (kept === null) {
    throw refuse(path, "found a file; allowed: a run's folder, or a plan of the runtime");
  }
  if (driver !== undefined)
    throw refuse("--driver", "a plan of the runtime has a world of its own");
  return replayRuntimePlan(kept, { times, mutantFolders: mutants });
}

async function replay(asked: string, flags: ReplayFlags): Promise<number> {
  const { observations, judgement } = await judgeAgain(asked);
  // `latest` is another run's as soon as one begins.
  const directory = shownPath(realpathSync(asked));
  const { out, mutants: mutantFolders, times } = flags;
  const driver = flags.driver ?? observations.run.driver;
  const { plan } = observations;
  const planned = planAgain({ plan, directory, driver, mutantFolders });
  refuseUnwritable(out);
  const before = outcomeOf(judgement);
  const told = `${directory} came to ${before} on ${observations.run.driver}${reasonOf(judgement)}`;
  process.stdout.write(`${printable(told)}\n`);
  using aborts = new Aborts();
  const played: Played[] = [];
  for (let index = 1; index <= times && aborts.level === 0; index++) {
    const position = `${index}/${times}`;
    const showing = { out, mutantFolders, aborts, position, delivery: null };
    played.push(await play(planned, showing));
    if (played.at(-1)?.harness.state === "failed") break;
  }
  return sumUp(played, before);
}

async function play(
  planned: PlannedScenario,
  showing: Parameters<typeof shownRun>[1],
): Promise<Played> {
  const { harness, judged, directory } = await shownRun(planned, showing);
  const judgement = judged?.judgement ?? null;
  const words = judgement === null ? null : outcomeOf(judgement);
  const why = harness.state === "ok" ? "" : ` (harness ${harness.state}: ${harness.why})`;
  const reason = judgement === null ? "" : reasonOf(judgement);
  const place = directory === null ? "–" : shownPath(directory);
  const line = `${showing.position} ${words ?? "nothing was judged"}${why}: ${place}${reason}`;
  process.stdout.write(`${printable(line)}\n`);
  return { harness, judgement, words };
}

function reasonOf({ verdict, text }: Pick<Judgement, "verdict" | "text">): string {
  return verdict === "INCONCLUSIVE" ? `. ${text}` : "";
}

/** Runs that come to the same have the same verdict, for the same reasons. */
function outcomeOf({ verdict, checks }: Pick<Judgement, "verdict" | "checks">): string {
  const broken = checks.filter(({ outcome }) => outcome === "invalid").map(({ id }) => id);
  return broken.length === 0 ? verdict : `${verdict} (${broken.toSorted().join(", ")})`;
}

function sumUp(played: readonly Played[], before: string): number {
  const all = played.flatMap(({ words, judgement }) => {
    if (words === null || judgement === null) return [];
    // A run of which nobody can tell came out neither like the old one nor otherwise.
    return [{ words, isOpen: judgement.verdict === "INCONCLUSIVE" && words !== before }];
  });
  const told = all.filter(({ isOpen }) => !isOpen).map(({ words }) => words);
  const counts = [...Map.groupBy(told, (words) => words)].map(
    ([words, alike]) => [words, alike.length] as const,
  );
  process.stdout.write("\n");
  for (const [words, count] of counts.toSorted(([, a], [, b]) => b - a)) {
    const mark = words === before ? "=" : "≠";
    process.stdout.write(`${mark} ${words}: ${count} of ${all.length}\n`);
  }
  const open = all.length - told.length;
  if (open > 0) process.stdout.write(`? could not be judged: ${open} of ${all.length}\n`);
  const same = told.filter((words) => words === before).length;
  const share = told.length === 0 ? "" : ` (${Math.round((100 * same) / told.length)} %)`;
  const judged = open === 0 ? "" : " that could be judged";
  process.stdout.write(
    `the same outcome as before (${before}): ${same} of ${told.length}${judged}${share}\n`,
  );
  // Whether a run came out as its scenario expects is not the question here.
  const trouble = harnessCode(played);
  if (trouble !== EXIT_CODES.asExpected) return trouble;
  return same === all.length ? EXIT_CODES.asExpected : EXIT_CODES.otherVerdict;
}
