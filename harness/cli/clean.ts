import type { Command } from "commander";
import { EXIT_CODES } from "../checkers/exit-code.ts";
import { findRuns, residueOf, sweepRun } from "../drivers/local/sweep.ts";

export function register(program: Command): void {
  program
    .command("clean")
    .description("remove whatever any earlier run left behind: processes and temp folders")
    .option("--all", "also of runs whose harness is still alive", false)
    .action(async ({ all }: { readonly all: boolean }) => {
      process.exitCode = await clean(all);
    });
}

async function clean(all: boolean): Promise<number> {
  let removed = 0;
  let left = 0;
  for (const { runId, ownerAlive } of findRuns()) {
    if (ownerAlive && !all) {
      process.stdout.write(
        `run ${runId}: its harness is alive, left alone (--all removes it too)\n`,
      );
      continue;
    }
    for (const line of await sweepRun(runId)) {
      removed += 1;
      process.stdout.write(`run ${runId}: removed ${line}\n`);
    }
    for (const line of residueOf(runId)) {
      left += 1;
      process.stderr.write(`run ${runId}: could not remove ${line}\n`);
    }
  }
  process.stdout.write(removed === 0 ? "nothing to remove\n" : `${removed} removed\n`);
  return left === 0 ? 0 : EXIT_CODES.harnessFailed;
}
