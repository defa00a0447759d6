/** `bft-chaos replay <run>`: the plan of an old run once more, and how often it comes out alike. */
import type { Command } from "commander";
import { EXIT_CODES, harnessCode, type RunOutcome } from "../checkers/verdict/exit-code.ts";
import type { Judgement } from "../checkers/verdict/judgement.ts";
import { drivers } from "../drivers/registry.ts";
import { type PlannedScenario, planAgain } from "../run.ts";
import { printable } from "../scenario/printable.ts";
import { Aborts } from "./aborts.ts";
import { between, choice, collect } from "./arguments.ts";
import { judgeAgain } from "./judge-again.ts";
import { refuseUnwritable } from "./out-folder.ts";
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
    .argument("<run>", "a run's folder, for example runs/my-own/latest")
    .option("--times <number>", "how often", between(1, TIMES_MAX), 1)
    .addOption(choice("--driver <name>", drivers))
    .option("--out <folder>", "where the run stores go", "runs")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .action(async (directory: string, flags: ReplayFlags) => {
      process.exitCode = await replay(directory, flags);
    });
}

interface Played extends RunOutcome {
  /** Null: nothing was judged. */
  readonly words: string | null;
}

async function replay(directory: string, flags: ReplayFlags): Promise<number> {
  const { observations, judgement } = await judgeAgain(directory);
  const { out, mutants: mutantFolders, times } = flags;
  const driver = flags.driver ?? observations.run.driver;
  const { plan } = observations;
  const planned = planAgain({ plan, directory, driver, mutantFolders });
  refuseUnwritable(out);
  const before = outcomeOf(judgement);
  process.stdout.write(`${printable(directory)} came to ${before} on ${observations.run.driver}\n`);
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
  const words = judged === null ? null : outcomeOf(judged.judgement);
  const why = harness.state === "ok" ? "" : ` (harness ${harness.state}: ${harness.why})`;
  const line = `${showing.position} ${words ?? "nothing was judged"}${why}: ${directory ?? "–"}`;
  process.stdout.write(`${printable(line)}\n`);
  return { harness, judgement: judged?.judgement ?? null, words };
}

/** Runs that come to the same have the same verdict, for the same reasons. */
function outcomeOf({ verdict, checks }: Pick<Judgement, "verdict" | "checks">): string {
  const broken = checks.filter(({ outcome }) => outcome === "invalid").map(({ id }) => id);
  return broken.length === 0 ? verdict : `${verdict} (${broken.toSorted().join(", ")})`;
}

function sumUp(played: readonly Played[], before: string): number {
  const judged = played.flatMap(({ words }) => (words === null ? [] : [words]));
  const counts = [...Map.groupBy(judged, (words) => words)].map(
    ([words, alike]) => [words, alike.length] as const,
  );
  process.stdout.write("\n");
  for (const [words, count] of counts.toSorted(([, a], [, b]) => b - a)) {
    const mark = words === before ? "=" : "≠";
    process.stdout.write(`${mark} ${words}: ${count} of ${judged.length}\n`);
  }
  const same = judged.filter((words) => words === before).length;
  const share = judged.length === 0 ? "" : ` (${Math.round((100 * same) / judged.length)} %)`;
  process.stdout.write(`the same outcome as before: ${same} of ${judged.length}${share}\n`);
  // Whether a run came out as its scenario expects is not the question here.
  const trouble = harnessCode(played);
  if (trouble !== EXIT_CODES.asExpected) return trouble;
  return same === judged.length ? EXIT_CODES.asExpected : EXIT_CODES.otherVerdict;
}
