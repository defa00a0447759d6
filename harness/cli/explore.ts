import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { misfit } from "../../faults/byzantine/behaviour.ts";
import { clientAttacks } from "../../faults/byzantine/clients/attacks/registry.ts";
import { behaviourNamed, behaviours } from "../../faults/byzantine/registry.ts";
import { loadMutants } from "../../faults/mutant.ts";
import { defaults, services } from "../../nodes/registry.ts";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { monotonicMs } from "../drivers/clock.ts";
import { runsLinked } from "../drivers/runtime-exploration/linked-runtime.ts";
import { drawnPlan, Findings, judgePlan, type SeedOptions } from "../drivers/simulation/explore.ts";
import { runsInSimulation } from "../drivers/simulation/runs-in-simulation.ts";
import { storyOf } from "../drivers/simulation/story.ts";
import { printableLines } from "../scenario/printable.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { between, choice, collect, milliseconds, protocolOption } from "./arguments.ts";
import { type Assignment, seedOptionsOf } from "./explore/assignment.ts";
import { tellFailures } from "./explore/failures.ts";
import { exploreRuntime } from "./explore/runtime-part.ts";
import { type SeedRange, seedResults } from "./explore/seed-results.ts";
import { summaryOf } from "./explore/summary.ts";
import { firstSeedOf, progress } from "./explore/telling.ts";
import { refuseUnwritable } from "./out-folder.ts";

const PARTS = ["protocol", "runtime"] as const;

interface ExploreFlags {
  readonly part?: (typeof PARTS)[number];
  readonly seed?: number;
  readonly seeds?: number;
  readonly for?: number;
  readonly jobs: number;
  readonly stopAtFirst?: true;
  readonly untilReached?: true;
  readonly out: string;
  readonly shrink: boolean;
  readonly protocol: string;
  readonly service: string;
  readonly signatures: "fast" | "ed25519";
  readonly costs: "drawn" | "off";
  readonly behaviour?: string;
  readonly attack?: string;
  readonly f?: number;
  readonly mutant?: string;
  readonly mutants: readonly string[];
  readonly story?: true;
}

/** What is added to it while seeds are played stays exact. */
const SEED_MAX = 1_000_000_000_000;
/** Where nothing else ends it. */
const SEEDS = 1_000;
const JOBS_MAX = 256;

export function register(program: Command): void {
  program
    .command("explore")
    .description(
      "random plans of faults in the simulator, every one judged; a failing seed replays",
    )
    .addOption(
      new Option(
        "--part <name>",
        "what is explored: the protocol, or the log, queues and links of its replicas (default: " +
          "where the planted bug is, else protocol)",
      ).choices(PARTS),
    )
    .option("--seed <number>", "the first seed (default: a drawn one)", between(0, SEED_MAX))
    .option(
      "--seeds <number>",
      `how many, one after the other (default: ${SEEDS}, or what another limit allows)`,
      between(1, SEED_MAX),
    )
    .option("--for <time>", "no more seeds after this time: 10m", milliseconds)
    .option("--stop-at-first", "no more seeds after the first that fails")
    .option(
      "--until-reached",
      "no more seeds once each goal was come to (`list goals`); exit 2 if some stay cold",
    )
    .addOption(
      new Option("--jobs <number>", "seeds played at a time; the results are the same")
        .argParser(between(1, JOBS_MAX))
        .default(availableParallelism(), "one for each core"),
    )
    .option(
      "--out <folder>",
      "keeps each plan that fails there, as a file",
      join("runs", "explore"),
    )
    .option("--no-shrink", "does not look for smaller plans that fail as well")
    .addOption(protocolOption())
    .addOption(choice("--service <name>", services).default(defaults.service))
    .addOption(new Option("--signatures <kind>").choices(["fast", "ed25519"]).default("fast"))
    .addOption(
      new Option("--costs <which>", "what work costs the replicas: drawn, or nothing at all")
        .choices(["drawn", "off"])
        .default("drawn"),
    )
    .addOption(choice("--behaviour <name>", behaviours))
    .addOption(choice("--attack <name>", clientAttacks))
    .option("--f <number>", "bad replicas to tolerate (default: drawn, mostly 1)", between(1, 10))
    .option("--mutant <name>", "run a planted bug instead of the honest code")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .option(
      "--story",
      "what happened with the first seed, line by line; no more seeds unless --seeds says so",
    )
    .action(async (flags: ExploreFlags) => {
      process.exitCode = await (partOf(flags) === "runtime" ? runRuntime(flags) : run(flags));
    });
}

function partOf({ part, mutant: name, mutants }: ExploreFlags): (typeof PARTS)[number] {
  if (part !== undefined || name === undefined) return part ?? "protocol";
  const mutant = loadMutants(mutants).get(name);
  return mutant !== undefined && runsLinked(mutant) ? "runtime" : "protocol";
}

/** What it knows nothing of is refused: it plays no protocol. */
function runRuntime(flags: ExploreFlags): Promise<number> {
  const { behaviour, attack, costs, f, story, untilReached } = flags;
  const ofProtocols = {
    "--behaviour": behaviour,
    "--attack": attack,
    "--costs": costs === "off" ? costs : undefined,
    "--f": f,
    "--story": story,
    "--until-reached": untilReached,
  };
  for (const [where, value] of Object.entries(ofProtocols)) {
    if (value === undefined) continue;
    const message = "is about protocols, which --part runtime does not play";
    throw new ScenarioError([{ where, path: "", message }]);
  }
  return exploreRuntime(flags);
}

/** @returns 1 if some promise was broken */
async function run(flags: ExploreFlags): Promise<number> {
  const assignment = assignmentOf(flags);
  const options = await seedOptionsOf(assignment);
  refuseUnwritable(flags.out);
  const firstSeed = firstSeedOf(flags);
  if (flags.story === true) tellStory(firstSeed, options);
  const range = { firstSeed, seeds: flags.seeds ?? seedsOf(flags) };
  const startedMs = monotonicMs();
  const { findings, isAborted } = await explored(assignment, { range, flags, options });
  const minutes = (monotonicMs() - startedMs) / 60_000;
  const { exploration, cold } = findings;
  const { out, shrink: isShrinking } = flags;
  tellFailures(exploration.failures, { assignment, options, out, isShrinking });
  process.stdout.write(summaryOf(exploration, { protocol: options.protocol.name, minutes }));
  if (exploration.failures.length > 0) return EXIT_CODES.broken;
  if (isAborted) return EXIT_CODES.aborted;
  if (flags.untilReached !== true || cold.length === 0) return EXIT_CODES.asExpected;
  process.stdout.write(`never reached: ${cold.join(", ")}\n`);
  return EXIT_CODES.otherVerdict;
}

/** Where no number is given. */
function seedsOf(flags: ExploreFlags): number {
  if (flags.story === true) return 1;
  return isLimited(flags) ? SEED_MAX : SEEDS;
}

/** Something beside a number of seeds ends it, even if no seed fails. */
function isLimited({ for: forMs, untilReached }: ExploreFlags): boolean {
  return forMs !== undefined || untilReached === true;
}

function assignmentOf(flags: ExploreFlags): Assignment {
  const { protocol, service, signatures, costs, mutants: mutantFolders } = flags;
  const { behaviour = null, attack = null, f: faults = null, mutant = null } = flags;
  const unfit = behaviour === null ? null : misfit(behaviourNamed(behaviour), protocol);
  if (unfit !== null) {
    throw new ScenarioError([{ where: "--behaviour", path: "", message: unfit }]);
  }
  if (mutantFolders.length > 0) loadMutants(mutantFolders);
  refuseUnexplored(mutant, mutantFolders);
  return { protocol, service, signatures, behaviour, attack, faults, costs, mutant, mutantFolders };
}

/** That nothing fails would say nothing: not a line of it is run. */
function refuseUnexplored(name: string | null, folders: readonly string[]): void {
  const mutant = name === null ? undefined : loadMutants(folders).get(name);
  if (mutant === undefined || runsInSimulation(mutant)) return;
  const message =
    `${mutant.name} changes ${mutant.file}, which exploration does not run; ` +
    "allowed: bugs of nodes/protocols, nodes/services and most of nodes/runtime (others: " +
    "scenarios/canaries)";
  throw new ScenarioError([{ where: "--mutant", path: "", message }]);
}

async function explored(
  assignment: Assignment,
  {
    range,
    flags,
    options,
  }: { readonly range: SeedRange; readonly flags: ExploreFlags; readonly options: SeedOptions },
): Promise<{ readonly findings: Findings; readonly isAborted: boolean }> {
  const findings = new Findings(options.protocol);
  const endMs = monotonicMs() + (flags.for ?? Number.POSITIVE_INFINITY);
  let isAborted = false;
  const abort = () => {
    isAborted = true;
  };
  // A second one ends the process.
  process.once("SIGINT", abort);
  const tell = progress(flags.seeds === undefined && isLimited(flags) ? null : range.seeds);
  try {
    for await (const result of seedResults(assignment, range, flags.jobs)) {
      findings.add(result);
      const { failures } = findings;
      tell(result.seed - range.firstSeed + 1, failures.length);
      if (isAborted || monotonicMs() >= endMs) break;
      if (flags.stopAtFirst === true && failures.length > 0) break;
      if (flags.untilReached === true && findings.cold.length === 0) break;
    }
  } finally {
    process.off("SIGINT", abort);
  }
  return { findings, isAborted };
}

function tellStory(seed: number, options: SeedOptions): void {
  const { played } = judgePlan(drawnPlan(seed, options), options);
  process.stdout.write(printableLines(storyOf(played.observations)));
}
