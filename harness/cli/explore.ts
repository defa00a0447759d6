import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { clientAttacks } from "../../faults/byzantine/clients/attacks/registry.ts";
import { behaviours } from "../../faults/byzantine/registry.ts";
import type { Mutant } from "../../faults/mutant.ts";
import { defaults, services } from "../../nodes/registry.ts";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { runsLinked } from "../drivers/runtime-exploration/linked-runtime.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { between, choice, chosenFrom, collect, milliseconds, protocolOption } from "./arguments.ts";
import { mutantNamed } from "./explore/assignment.ts";
import { type ExploreFlags, SEED_MAX } from "./explore/flags.ts";
import { exploreProtocol, SEEDS } from "./explore/protocol-part.ts";
import { exploreRuntime, RUNTIME_SEEDS } from "./explore/runtime-part.ts";
import { firstSeedOf } from "./explore/telling.ts";
import { missingFolders, removeEmpty } from "./out-folder.ts";

const PARTS = ["protocol", "runtime"] as const;
type Part = (typeof PARTS)[number];

const JOBS_MAX = 256;
/** What the runtime gets of the seeds, or of the time, where both parts are explored. */
const RUNTIME_SHARE = RUNTIME_SEEDS / SEEDS;

/** Options that say something of protocols alone: none is played where the runtime is explored. */
const OF_PROTOCOLS = {
  protocol: "--protocol",
  service: "--service",
  signatures: "--signatures",
  costs: "--costs",
  behaviour: "--behaviour",
  attack: "--attack",
  f: "--f",
  story: "--story",
  untilReached: "--until-reached",
} as const;
const OF_BOTH =
  "--seed, --seeds, --for, --jobs, --stop-at-first, --out, --no-shrink, --mutant, --mutants";

export function register(program: Command): void {
  program
    .command("explore")
    .description(
      "random plans of faults in the simulator, every one judged; a failing seed replays",
    )
    .addOption(partOption())
    .option("--seed <number>", "the first seed (default: a drawn one)", between(0, SEED_MAX))
    .option(
      "--seeds <number>",
      `how many, one after the other (default: ${SEEDS}, of the runtime ${RUNTIME_SEEDS}, or what ` +
        "another limit allows)",
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
    .addOption(
      choice("--service <name>", services, "what they replicate").default(defaults.service),
    )
    .addOption(signaturesOption())
    .addOption(
      chosenFrom(
        new Option("--costs <which>", "what work costs the replicas: drawn, or nothing at all"),
        ["drawn", "off"],
      ).default("drawn"),
    )
    .addOption(
      choice("--behaviour <name>", behaviours, "what one bad replica does (default: drawn)"),
    )
    .addOption(
      choice("--attack <name>", clientAttacks, "what one bad client does (default: drawn)"),
    )
    .option("--f <number>", "bad replicas to tolerate (default: drawn, mostly 1)", between(1, 10))
    .option("--mutant <name>", "run a planted bug instead of the honest code")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .option(
      "--story",
      "what happened with the first seed, line by line; no more seeds unless --seeds says so",
    )
    .action(async (flags: ExploreFlags, command: Command) => {
      const ofProtocols = Object.entries(OF_PROTOCOLS)
        .filter(([name]) => command.getOptionValueSource(name) === "cli")
        .map(([, flag]) => flag);
      const { mutant, mutants } = flags;
      // A name that nobody knows is told before a seed is drawn.
      const planted = mutant === undefined ? null : mutantNamed(mutant, mutants);
      const made = missingFolders(flags.out);
      process.exitCode = await run(partsOf(flags, planted, ofProtocols), flags);
      removeEmpty(made);
    });
}

function signaturesOption(): Option {
  const what = "hashes in the place of signatures, or real ones";
  const option = new Option("--signatures <kind>", what).default("fast");
  return chosenFrom(option, ["fast", "ed25519"]);
}

function partOption(): Option {
  const option = new Option(
    "--part <name>",
    "what is explored: the protocol, or the log, queues and links of its replicas (default: " +
      "both, a sixth of it the runtime; one of them where an option or a planted bug is about " +
      "it alone)",
  );
  return chosenFrom(option, PARTS);
}

/** @param ofProtocols the options given that say nothing to the runtime */
function partsOf(
  flags: ExploreFlags,
  planted: Mutant | null,
  ofProtocols: readonly string[],
): readonly Part[] {
  const part = flags.part ?? partOfMutant(planted);
  if (part === null) return ofProtocols.length > 0 ? ["protocol"] : PARTS;
  if (part === "protocol" || ofProtocols.length === 0) return [part];
  const message = `is about protocols, which --part runtime does not play; allowed: ${OF_BOTH}`;
  throw new ScenarioError(ofProtocols.map((where) => ({ where, path: "", message })));
}

/** Where the planted bug is; null: there is none, so everywhere. */
function partOfMutant(mutant: Mutant | null): Part | null {
  if (mutant === null) return null;
  return runsLinked(mutant) ? "runtime" : "protocol";
}

async function run(parts: readonly Part[], flags: ExploreFlags): Promise<number> {
  const firstSeed = firstSeedOf(flags);
  if (parts.length === 1) {
    return parts[0] === "runtime"
      ? exploreRuntime(flags, firstSeed)
      : exploreProtocol(flags, firstSeed);
  }
  const code = await exploreProtocol(limited(flags, 1 - RUNTIME_SHARE), firstSeed);
  const isOver =
    code === EXIT_CODES.aborted || (code === EXIT_CODES.broken && flags.stopAtFirst === true);
  if (isOver) return code;
  const { seeds, ...rest } = limited(flags, RUNTIME_SHARE);
  const ofRuntime = seeds === undefined ? rest : { ...rest, seeds: runtimeSeedsOf(seeds) };
  const codeOfRuntime = await exploreRuntime(ofRuntime, firstSeed);
  return code === EXIT_CODES.broken ? code : codeOfRuntime;
}

function limited(flags: ExploreFlags, share: number): ExploreFlags {
  return flags.for === undefined ? flags : { ...flags, for: flags.for * share };
}

function runtimeSeedsOf(seeds: number): number {
  return Math.max(1, Math.round(seeds * RUNTIME_SHARE));
}
