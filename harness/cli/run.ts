import type { Command } from "commander";
import type { RunOutcome } from "../checkers/verdict/exit-code.ts";
import { drivers } from "../drivers/registry.ts";
import type { TableRow } from "../reports/terminal.ts";
import { type FinishedRun, planScenarios } from "../run.ts";
import { printable } from "../scenario/printable.ts";
import { Aborts } from "./aborts.ts";
import { choice, collect, prometheusOption, setOption, wholeNumber } from "./arguments.ts";
import { deliveryTo } from "./open-delivery.ts";
import { refuseUnwritable } from "./out-folder.ts";
import { shownPath } from "./shown-path.ts";
import { shownRun } from "./shown-run.ts";

interface RunFlags {
  readonly driver: string;
  readonly seed?: number;
  readonly set: readonly string[];
  readonly out: string;
  readonly mutants: readonly string[];
  readonly prometheus?: string;
}

/** What is kept of a run until the last one is over. */
interface EndedRun extends RunOutcome {
  readonly scenario: string;
  /** Null: nothing was judged. */
  readonly row: TableRow | null;
}

export function register(program: Command): void {
  program
    .command("run")
    .description("run scenarios one after the other, judge them, write a run store for each")
    .argument("<path...>", "scenario files, or folders of them")
    .addOption(choice("--driver <name>", drivers).env("BFT_CHAOS_DRIVER").default("local"))
    .option("--seed <number>", "instead of the scenario's own", wholeNumber)
    .addOption(setOption())
    .option("--out <folder>", "where the run stores go", "runs")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .addOption(prometheusOption())
    .action(async (paths: readonly string[], flags: RunFlags) => {
      process.exitCode = await runAll(paths, flags);
    });
}

async function runAll(paths: readonly string[], flags: RunFlags): Promise<number> {
  const { driver, seed, set: sets, mutants: mutantFolders, out } = flags;
  const planned = planScenarios({
    paths,
    driver,
    seed,
    sets,
    mutantFolders,
    onLeftOut: (why) => process.stderr.write(`${printable(why)}\n`),
  });
  refuseUnwritable(out);
  using aborts = new Aborts();
  const delivery = await deliveryTo(flags.prometheus);
  const ended: EndedRun[] = [];
  for (const [index, scenario] of planned.entries()) {
    if (aborts.level > 0) break;
    const position = `${index + 1}/${planned.length}`;
    const showing = { out, mutantFolders, aborts, position, delivery };
    ended.push(await conclude(await shownRun(scenario, showing)));
    // A machine that failed one run would fail the next: the first message is the one to read.
    if (ended.at(-1)?.harness.state === "failed") break;
  }
  return await sumUp(ended, planned.length);
}

async function conclude({ scenario, harness, judged, reports }: FinishedRun): Promise<EndedRun> {
  if (judged === null) return { scenario, harness, judgement: null, row: null };
  const { tableRow, verdictLine, wantsColour } = await import("../reports/terminal.ts");
  const row = tableRow(judged, shownPath(reports.get("html") ?? ""));
  process.stdout.write(verdictLine(row, wantsColour(process.stdout, process.env)));
  const { verdict, asExpected } = judged.judgement;
  return { scenario, harness, judgement: { verdict, asExpected }, row };
}

async function sumUp(ended: readonly EndedRun[], planned: number): Promise<number> {
  const [{ resultsTable, wantsColour }, { exitCode }] = await Promise.all([
    import("../reports/terminal.ts"),
    import("../checkers/verdict/exit-code.ts"),
  ]);
  const rows = ended.flatMap(({ row }) => (row === null ? [] : [row]));
  if (rows.length > 0) {
    process.stdout.write(`\n${resultsTable(rows, wantsColour(process.stdout, process.env))}`);
  }
  for (const { scenario, harness, judgement } of ended) {
    if (harness.state !== "ok" && judgement === null) {
      const line = `${scenario}: harness ${harness.state}: ${harness.why}`;
      process.stderr.write(`${printable(line)}\n`);
    }
  }
  if (ended.length < planned) {
    process.stderr.write(`${planned - ended.length} of ${planned} scenarios were not run\n`);
  }
  return exitCode(ended);
}
