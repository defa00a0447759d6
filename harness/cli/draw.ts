/**
 * `bft-chaos draw`: random scenarios for real clusters, as files that can be read and run again.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { makeFolder } from "../observations/make-folder.ts";
import { drawScenarios } from "../plan/draw-scenarios.ts";
import type { Plan } from "../plan/plan.ts";
import { vocabulary } from "../run.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { SEED_MAX } from "../scenario/schema.ts";
import { between, protocolOption } from "./arguments.ts";

interface DrawFlags {
  readonly seed: number;
  readonly count: number;
  readonly out: string;
  readonly protocol: string;
  readonly f?: number;
  readonly force: boolean;
}

const COUNT_MAX = 10_000;

export function register(program: Command): void {
  program
    .command("draw")
    .description("write random scenarios that stay within the fault budget and expect PASS")
    .requiredOption("--seed <number>", "the same seed draws the same files", between(0, SEED_MAX))
    .requiredOption("--count <number>", "how many", between(1, COUNT_MAX))
    .requiredOption("--out <folder>", "where they go")
    .addOption(protocolOption())
    .option("--f <number>", "faults tolerated (default: mostly 1, sometimes 2)", between(0, 10))
    .option("--force", "write over files that are there and differ", false)
    .action((flags: DrawFlags) => {
      process.stdout.write(drawn(flags));
    });
}

function drawn({ seed, count, out, protocol, f, force }: DrawFlags): string {
  const size = f === undefined ? "" : ` --f ${f}`;
  const command = `npx bft-chaos draw --seed ${seed} --count ${count} --protocol ${protocol}${size} --out drawn`;
  const scenarios = drawScenarios({ seed, count, protocol, f, command }, vocabulary);
  const files = scenarios.map(({ name, text, plan }) => {
    return { file: join(out, `${name}.yaml`), text, plan };
  });
  try {
    makeFolder(out);
    if (!force) refuseOverwriting(files);
    for (const { file, text } of files) writeFileSync(file, text);
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    const message = `nothing can be written to ${out}: ${(error as Error).message}`;
    throw new ScenarioError([{ where: "--out", path: "", message }], { cause: error });
  }
  return files.map(lineOf).join("");
}

interface DrawnFile {
  readonly file: string;
  readonly text: string;
  readonly plan: Plan;
}

/** Somebody may have worked on one of them since it was drawn. */
function refuseOverwriting(files: readonly DrawnFile[]): void {
  const problems = files
    .filter(({ file, text }) => existsSync(file) && readFileSync(file, "utf8") !== text)
    .map(({ file }) => {
      const message = "is there and differs from what was drawn; --force writes over it";
      return { where: file, path: "", message };
    });
  if (problems.length > 0) throw new ScenarioError(problems);
}

function lineOf({ file, plan }: DrawnFile): string {
  const kinds = [...new Set(plan.entries.map(({ fault }) => fault))].join(", ");
  return `${file}  n=${plan.cluster.parameters.replicas}  ${kinds}\n`;
}
