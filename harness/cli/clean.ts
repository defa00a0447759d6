import type { Command } from "commander";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { leftRuns } from "../drivers/left-runs.ts";
import { sweepRun } from "../drivers/processes/sweep.ts";
import { drivers } from "../drivers/registry.ts";
import { printable } from "../scenario/printable.ts";

export function register(program: Command): void {
  program
    .command("clean")
    .description(
      "remove whatever any earlier run left behind: processes, temp folders, control groups",
    )
    .option("--all", "also of runs whose harness is alive, or cannot be seen from here", false)
    .action(async ({ all }: { readonly all: boolean }) => {
      process.exitCode = await clean(all);
    });
}

async function clean(all: boolean): Promise<number> {
  const litters = drivers.flatMap(({ litter }) => litter ?? []);
  let removed = 0;
  let left = 0;
  const { runs, answering, silent } = await leftRuns(litters);
  for (const { runId, owner } of runs) {
    if (owner !== "dead" && !all) {
      const why = owner === "alive" ? "is alive" : "is in another PID namespace";
      say(process.stdout, `run ${runId}: its harness ${why}, left alone (--all removes it too)`);
      continue;
    }
    for (const line of await sweepRun(runId, answering)) {
      removed += 1;
      say(process.stdout, `run ${runId}: removed ${line}`);
    }
    const residue = await Promise.all(answering.map((litter) => litter.residueOf(runId)));
    for (const line of residue.flat()) {
      left += 1;
      say(process.stderr, `run ${runId}: could not remove ${line}`);
    }
  }
  for (const { message } of silent) {
    left += 1;
    say(process.stderr, message);
  }
  process.stdout.write(removed === 0 ? "nothing to remove\n" : `${removed} removed\n`);
  return left === 0 ? 0 : EXIT_CODES.harnessFailed;
}

/** Names of folders and processes are whatever somebody called them. */
function say(out: NodeJS.WriteStream, line: string): void {
  out.write(`${printable(line)}\n`);
}
