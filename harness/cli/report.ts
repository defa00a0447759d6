import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import type { Subject } from "../checkers/subject.ts";
import { exitCode } from "../checkers/verdict/exit-code.ts";
import { loadObservations, UnreadableRun } from "../observations/load.ts";
import { FILES } from "../observations/store.ts";
import type { Plan } from "../plan/plan.ts";
import { printable } from "../scenario/printable.ts";
import { subjectOf } from "../subject.ts";

/** `bft-chaos report <run>`: an old run, judged with today's checkers. */
export function register(program: Command): void {
  program
    .command("report")
    .description("judge an old run again with today's checkers, and write its reports anew")
    .argument("<run>", "a run's folder, for example runs/my-own/latest")
    .action(reportAgain);
}

async function reportAgain(directory: string): Promise<void> {
  const missing = [FILES.run, FILES.plan].find((name) => !existsSync(join(directory, name)));
  if (missing !== undefined) {
    const newest = join(directory, "latest");
    const hint = existsSync(join(newest, FILES.run)) ? `; the newest in it is ${newest}` : "";
    throw new UnreadableRun(`${directory} is no run's folder: it has no ${missing}${hint}`);
  }
  // Loaded here: the checkers and the charts would slow down every other command.
  const { judge } = await import("../checkers/verdict/judge.ts");
  const { writeReports } = await import("../reports/write.ts");
  const { resultsTable, tableRow, wantsColour } = await import("../reports/terminal.ts");

  const before = verdictBefore(directory);
  const observations = loadObservations(directory);
  const judgement = judge(observations, subjectIn(directory, observations.plan));
  const paths = await writeReports(directory, { observations, judgement });
  const row = tableRow({ observations, judgement }, paths.get("html") ?? directory);
  process.stdout.write(resultsTable([row], wantsColour(process.stdout, process.env)));
  if (before !== null && before !== judgement.verdict) {
    process.stdout.write(`\nThe verdict was ${printable(before)} before.\n`);
  }
  process.exitCode = exitCode([{ judgement, harness: observations.run.harness }]);
}

function subjectIn(directory: string, plan: Plan): Subject {
  try {
    return subjectOf(plan);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnreadableRun(`${directory}: ${error.message} in this version`, { cause: error });
  }
}

/** What the last report said; null if there was none. */
function verdictBefore(directory: string): string | null {
  const path = join(directory, FILES.results);
  if (!existsSync(path)) return null;
  try {
    return z.object({ verdict: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))).verdict;
  } catch {
    // Torn, or of another form: it is written anew, so what it said is all that is lost.
    return null;
  }
}
