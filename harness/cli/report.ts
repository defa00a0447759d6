import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { exitCode } from "../checkers/verdict/exit-code.ts";
import { refuseKinds } from "../input-kind.ts";
import { FILES } from "../observations/store.ts";
import { printable } from "../scenario/printable.ts";
import { judgeAgain } from "./judge-again.ts";

/** `bft-chaos report <run>`: an old run, judged with today's checkers. */
export function register(program: Command): void {
  program
    .command("report")
    .description("judge an old run again with today's checkers, and write its reports anew")
    .argument("<run>", "a run's folder, for example runs/my-own/latest")
    .action(reportAgain);
}

async function reportAgain(directory: string): Promise<void> {
  refuseKinds(directory, ["scenario", "plan", "printed plan", "runtime plan"], "a run's folder");
  const before = verdictBefore(directory);
  const judged = await judgeAgain(directory);
  // Loaded here: the charts would slow down every other command.
  const { writeReports } = await import("../reports/write.ts");
  const { resultsTable, tableRow, wantsColour } = await import("../reports/terminal.ts");

  const paths = await writeReports(directory, judged);
  const row = tableRow(judged, paths.get("html") ?? directory);
  process.stdout.write(resultsTable([row], wantsColour(process.stdout, process.env)));
  const { observations, judgement } = judged;
  if (before !== null && before !== judgement.verdict) {
    process.stdout.write(`\nThe verdict was ${printable(before)} before.\n`);
  }
  process.exitCode = exitCode([{ judgement, harness: observations.run.harness }]);
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
