import { statSync } from "node:fs";
import type { Command } from "commander";
import { makeStandingFiles } from "../drivers/joined/standing-files.ts";
import { planScenarios } from "../run.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { between, setOption } from "./arguments.ts";

interface KeysFlags {
  readonly clients: number;
  readonly set: readonly string[];
}

/** So many logical clients a run may have that joins the cluster. */
const CLIENTS = 255;

export function register(program: Command): void {
  program
    .command("keys")
    .description("keys and configuration of a cluster that outlives runs, as docker compose starts")
    .argument("<scenario>", "the file whose `cluster` it is")
    .argument("<folder>", "gets a folder for each member; what is there already stays")
    .option("--clients <number>", "keys for so many logical clients", between(1, 4096), CLIENTS)
    .addOption(setOption())
    .action((scenario: string, folder: string, { clients, set }: KeysFlags) => {
      refuseFile(folder);
      const sets = [...set, `workload.clients=${clients}`];
      for (const { plan } of planScenarios({ paths: [scenario], driver: "local", sets })) {
        const made = makeStandingFiles(plan, folder) ? "made" : "kept as they are";
        process.stdout.write(
          `the files of ${plan.cluster.parameters.replicas} replicas: ${made}\n`,
        );
      }
    });
}

function refuseFile(where: string): void {
  if (statSync(where, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  const message = "found a file; allowed: a folder, which is made where there is none";
  throw new ScenarioError([{ where, path: "", message }]);
}
