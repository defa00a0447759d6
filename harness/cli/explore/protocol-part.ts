/** `explore --part protocol`: random plans of faults against the cores of a protocol. */
import { misfit } from "../../../faults/byzantine/behaviour.ts";
import { behaviourNamed } from "../../../faults/byzantine/registry.ts";
import { loadMutants } from "../../../faults/mutant.ts";
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import {
  drawnPlan,
  Findings,
  judgePlan,
  type SeedOptions,
} from "../../drivers/simulation/explore.ts";
import { runsInSimulation } from "../../drivers/simulation/runs-in-simulation.ts";
import { storyOf } from "../../drivers/simulation/story.ts";
import { printableLines } from "../../scenario/printable.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import { refuseUnwritable } from "../out-folder.ts";
import { type Assignment, mutantNamed, seedOptionsOf } from "./assignment.ts";
import { tellFailures } from "./failures.ts";
import { type ExploreFlags, SEED_MAX } from "./flags.ts";
import { playSeeds } from "./playing.ts";
import { protocolSeeds, seedResults } from "./seed-results.ts";
import { hintOf, summaryOf, titleOf } from "./summary.ts";

/** Where nothing else ends it. */
export const SEEDS = 1_000;

/** @returns 1 if some promise was broken */
export async function exploreProtocol(flags: ExploreFlags, firstSeed: number): Promise<number> {
  const assignment = assignmentOf(flags);
  const options = await seedOptionsOf(assignment);
  refuseUnwritable(flags.out);
  if (flags.story === true) tellStory(firstSeed, options);
  const seeds = flags.seeds ?? seedsOf(flags);
  const findings = new Findings(options.protocol);
  const { minutes, isAborted } = await playSeeds({
    results: seedResults(protocolSeeds(assignment), { firstSeed, seeds }, flags.jobs),
    seeds: flags.seeds === undefined && isLimited(flags) ? null : seeds,
    flags,
    onResult: (result) => {
      findings.add(result);
      return findings.failures.length;
    },
    isEnough: () => flags.untilReached === true && findings.cold.length === 0,
  });
  const { exploration, cold } = findings;
  const { out, shrink: isShrinking } = flags;
  tellFailures(exploration.failures, { assignment, options, out, isShrinking });
  const title = titleOf(options.protocol.name, assignment.mutant);
  process.stdout.write(summaryOf(exploration, { title, minutes }));
  if (exploration.failures.length === 0) process.stdout.write(unseen(assignment));
  if (exploration.failures.length > 0) return EXIT_CODES.broken;
  if (isAborted) return EXIT_CODES.aborted;
  if (flags.untilReached !== true || cold.length === 0) return EXIT_CODES.asExpected;
  process.stdout.write(`never reached: ${cold.join(", ")}\n`);
  return EXIT_CODES.otherVerdict;
}

function unseen(assignment: Assignment): string {
  const { mutant, mutantFolders } = assignment;
  return mutant === null ? "" : hintOf(mutantNamed(mutant, mutantFolders), assignment);
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
  if (name === null) return;
  const mutant = mutantNamed(name, folders);
  if (runsInSimulation(mutant)) return;
  const message =
    `${mutant.name} changes ${mutant.file}, which exploration does not run; ` +
    "allowed: bugs of nodes/protocols, nodes/services and most of nodes/runtime (others: " +
    "scenarios/canaries)";
  throw new ScenarioError([{ where: "--mutant", path: "", message }]);
}

function tellStory(seed: number, options: SeedOptions): void {
  const { played } = judgePlan(drawnPlan(seed, options), options);
  process.stdout.write(printableLines(storyOf(played.observations)));
}
