/**
 * `bft-chaos draw`: random scenarios for real clusters, as files that can be read and run again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { makeFolder } from "../observations/make-folder.ts";
import { drawScenarios } from "../plan/draw-scenarios.ts";
import { vocabulary } from "../run.ts";
import { SEED_MAX } from "../scenario/schema.ts";

interface DrawFlags {
  readonly seed: number;
  readonly count: number;
  readonly out: string;
  readonly protocol: string;
  readonly f?: number;
}

const COUNT_MAX = 10_000;

export function register(program: Command): void {
  const protocols = vocabulary.protocols.map(({ name }) => name);
  program
    .command("draw")
    .description("write random scenarios that stay within the fault budget and expect PASS")
    .requiredOption("--seed <number>", "the same seed draws the same files", upTo(SEED_MAX))
    .requiredOption("--count <number>", "how many", upTo(COUNT_MAX))
    .requiredOption("--out <folder>", "where they go")
    .addOption(new Option("--protocol <name>", "one of").choices(protocols).default("pbft-sig"))
    .option("--f <number>", "faults tolerated (default: mostly 1, sometimes 2)", upTo(10))
    .action((flags: DrawFlags) => {
      process.stdout.write(drawn(flags));
    });
}

function drawn({ seed, count, out, protocol, f }: DrawFlags): string {
  const size = f === undefined ? "" : ` --f ${f}`;
  const command = `npx bft-chaos draw --seed ${seed} --count ${count} --protocol ${protocol}${size} --out drawn`;
  const scenarios = drawScenarios({ seed, count, protocol, f, command }, vocabulary);
  makeFolder(out);
  return scenarios
    .map(({ name, text, plan }) => {
      const file = join(out, `${name}.yaml`);
      writeFileSync(file, text);
      const kinds = [...new Set(plan.entries.map(({ fault }) => fault))].join(", ");
      return `${file}  n=${plan.cluster.parameters.replicas}  ${kinds}\n`;
    })
    .join("");
}

function upTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from 0 to ${most} is needed`);
  };
}
