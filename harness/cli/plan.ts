import { readFileSync, statSync } from "node:fs";
import type { Command } from "commander";
import { refuseKinds } from "../input-kind.ts";
import { expand } from "../plan/expand.ts";
import { plannedBudget } from "../plan/planned-budget.ts";
import { knownMutants, vocabulary } from "../run.ts";
import { loadScenario } from "../scenario/load.ts";
import { printableLines } from "../scenario/printable.ts";
import { readScript } from "../scenario/read-script.ts";
import { scenarioText } from "../scenario/read-text.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { setOption, wholeNumber } from "./arguments.ts";
import { planText } from "./plan-text.ts";

interface PlanFlags {
  readonly seed?: number;
  readonly set: readonly string[];
  readonly json?: true;
}

export function register(program: Command): void {
  program
    .command("plan")
    .description(
      "what a scenario comes to: time line, every default, bound, budget; starts nothing",
    )
    .argument("<file>", "a scenario file")
    .option("--seed <number>", "instead of the scenario's own", wholeNumber)
    .addOption(setOption())
    .option("--json", "the plan as the run store keeps it, and its budget, for scripts")
    .action((file: string, flags: PlanFlags) => {
      process.stdout.write(planned(file, flags));
    });
}

function planned(file: string, { seed, set, json }: PlanFlags): string {
  refuseKinds(file, ["plan", "printed plan", "runtime plan", "run"], "a scenario file");
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    const isFolder = found?.isDirectory() === true;
    const message = isFolder ? "it is a folder, and plan takes one scenario file" : "no such file";
    throw new ScenarioError([{ where: file, path: "", message }]);
  }
  const text = scenarioText(readFileSync(file), file);
  const mutants = [...knownMutants(undefined).keys()];
  const scenario = loadScenario({ text, file, sets: set }, { ...vocabulary, mutants });
  const plan = expand(scenario, { seed, vocabulary, script: readScript(scenario, file) });
  const budget = plannedBudget(plan, vocabulary.faults);
  if (json === true) return `${JSON.stringify({ plan, budget }, null, 2)}\n`;
  return printableLines(planText(scenario, plan, budget));
}
