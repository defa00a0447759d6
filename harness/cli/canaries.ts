import type { Command } from "commander";
import { misfit } from "../../faults/byzantine/behaviour.ts";
import { behaviourNamed } from "../../faults/byzantine/registry.ts";
import { loadMutants, type Mutant } from "../../faults/mutant.ts";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { runsLinked } from "../drivers/runtime-exploration/linked-runtime.ts";
import { runsInSimulation } from "../drivers/simulation/runs-in-simulation.ts";
import { unknownName } from "../scenario/closest.ts";
import { printable } from "../scenario/printable.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { between, collect, protocolOption, wholeNumber } from "./arguments.ts";
import { type Trial, tryMutant, tryRuntimeMutant } from "./canary-trial.ts";

interface CanaryFlags {
  readonly seed: number;
  readonly seeds: number;
  readonly protocol: string;
  readonly mutants: readonly string[];
}

export function register(program: Command): void {
  program
    .command("canaries")
    .description(
      "planted bugs in the simulator: each must be caught by the check it names, and stay unseen " +
        "where nothing fails (exit 2 if one survives)",
    )
    .argument("[names...]", "which (default: all)")
    .option("--seed <number>", "the first seed", wholeNumber, 1)
    .option(
      "--seeds <number>",
      "plans tried on each before it counts as a survivor",
      between(1, Number.MAX_SAFE_INTEGER),
      600,
    )
    .addOption(protocolOption())
    .option("--mutants <folder>", "more planted bugs (repeatable)", collect, [])
    .action(async (names: readonly string[], flags: CanaryFlags) => {
      process.exitCode = await run(names, flags);
    });
}

async function run(names: readonly string[], flags: CanaryFlags): Promise<number> {
  const all = choose(loadMutants(flags.mutants), names);
  const width = Math.max(...all.map(({ name }) => name.length));
  const reachable = all.filter(({ notYetReachable }) => notYetReachable === undefined);
  const drawn = reachable.filter(({ scenario }) => scenario === undefined);
  const played = drawn.filter((each) => runsInSimulation(each) || runsLinked(each));
  const chosen = played.filter((mutant) => unfit(mutant, flags.protocol) === null);
  const options = {
    protocol: flags.protocol,
    firstSeed: flags.seed,
    seedsMax: flags.seeds,
    mutantFolders: flags.mutants,
  };
  const say = (line: string): void => void process.stdout.write(`${printable(line)}\n`);
  const trials: Trial[] = [];
  for (const mutant of chosen) {
    const trial = await (runsLinked(mutant) ? tryRuntimeMutant : tryMutant)(mutant, options);
    trials.push(trial);
    say(lineOf(trial, width));
  }
  const alive = trials.filter(({ end }) => end !== "caught");
  const caught = trials.length - alive.length;
  say(`${caught} of ${trials.length} planted bugs caught`);
  for (const { mutant, end } of alive) say(`${mutant.name}: ${end}`);
  for (const { name, scenario } of reachable) {
    if (scenario === undefined) continue;
    say(`${name}: not tried: no drawn plan shows it; ${scenario} does`);
  }
  for (const mutant of drawn.filter((each) => !played.includes(each))) {
    const where = "not tried: no exploration runs that file";
    say(`${mutant.name}: ${where} (${mutant.file}); see scenarios/canaries`);
  }
  for (const mutant of played) {
    const why = unfit(mutant, flags.protocol);
    if (why !== null) say(`${mutant.name}: not tried: ${why}`);
  }
  for (const { name, notYetReachable } of all) {
    if (notYetReachable === undefined) continue;
    say(`${name}: not yet reachable: ${notYetReachable}`);
  }
  // Who asks for bugs by name and gets none tried must not take it for a catch.
  const isNothingTried = names.length > 0 && trials.length === 0;
  return alive.length === 0 && !isNothingTried ? EXIT_CODES.asExpected : EXIT_CODES.otherVerdict;
}

/** Why its lie cannot be told in that protocol: trying it would throw, which is no catch. */
function unfit(mutant: Mutant, protocol: string): string | null {
  const { behaviour, protocol: only } = mutant;
  // A runtime is explored without any protocol.
  if (runsLinked(mutant)) return null;
  if (only !== undefined && only !== protocol) return `${protocol} does not run it; ${only} does`;
  return behaviour === undefined ? null : misfit(behaviourNamed(behaviour), protocol);
}

function choose(all: ReadonlyMap<string, Mutant>, names: readonly string[]): readonly Mutant[] {
  if (names.length === 0) return [...all.values()];
  return names.map((name) => {
    const mutant = all.get(name);
    if (mutant) return mutant;
    const message = unknownName(name, [...all.keys()], "npx bft-chaos list mutants");
    throw new ScenarioError([{ where: "canaries", path: "", message }]);
  });
}

/** `name  caught by S-1, S-6  seed 17 (17 tried)  0.4 s` */
function lineOf({ mutant, end, checks, seed, seedsTried, tookMs }: Trial, width: number): string {
  const by = checks.length > 0 ? ` by ${checks.join(", ")}` : "";
  const where = seed === null ? `${seedsTried} seeds` : `seed ${seed} (${seedsTried} tried)`;
  const seconds = (tookMs / 1000).toFixed(1);
  const behaviour = mutant.behaviour === undefined ? "" : ` | with ${mutant.behaviour}`;
  return `${mutant.name.padEnd(width)} | ${end}${by} | ${where} | ${seconds} s${behaviour}`;
}
