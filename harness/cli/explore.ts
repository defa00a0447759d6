import { randomInt } from "node:crypto";
import { type Command, Option } from "commander";
import { misfit } from "../../faults/byzantine/behaviour.ts";
import { behaviourNamed, behaviours } from "../../faults/byzantine/registry.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import { defaults, services } from "../../nodes/registry.ts";
import { monotonicMs } from "../drivers/clock.ts";
import { drawSchedule, forService } from "../drivers/simulation/draw-schedule.ts";
import {
  describeFailure,
  type Exploration,
  type ExploreOptions,
  explore,
} from "../drivers/simulation/explore.ts";
import { loadNodes } from "../drivers/simulation/planted-nodes.ts";
import { play } from "../drivers/simulation/play.ts";
import { storyOf } from "../drivers/simulation/story.ts";
import { printableLines } from "../scenario/printable.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { between, choice, collect, protocolOption } from "./arguments.ts";
import { brokenPromises } from "./explore-oracle.ts";

interface ExploreFlags {
  readonly seed?: number;
  readonly seeds: number;
  readonly protocol: string;
  readonly service: string;
  readonly signatures: "fast" | "ed25519";
  readonly behaviour?: string;
  readonly f?: number;
  readonly mutant?: string;
  readonly mutants: readonly string[];
  readonly story?: true;
}

/** What is added to it while seeds are played stays exact. */
const SEED_MAX = 1_000_000_000_000;
/** Seeds drawn for a run without `--seed`: short enough to be typed. */
const SEEDS_DRAWN_BELOW = 1_000_000_000;
const PROGRESS_EVERY_MS = 2_000;

export function register(program: Command): void {
  program
    .command("explore")
    .description(
      "random schedules of faults in the simulator, every one judged; a failing seed replays",
    )
    .option("--seed <number>", "the first seed (default: a drawn one)", between(0, SEED_MAX))
    .option("--seeds <number>", "how many seeds, one after the other", between(1, SEED_MAX), 1_000)
    .addOption(protocolOption())
    .addOption(choice("--service <name>", services).default(defaults.service))
    .addOption(new Option("--signatures <kind>").choices(["fast", "ed25519"]).default("fast"))
    .addOption(choice("--behaviour <name>", behaviours))
    .option("--f <number>", "bad replicas to tolerate (default: drawn, mostly 1)", between(1, 10))
    .option("--mutant <name>", "run a planted bug instead of the honest code")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .option("--story", "with one seed: what happened, line by line")
    .action(async (flags: ExploreFlags) => {
      process.exitCode = await run(flags);
    });
}

/** @returns 1 if some promise was broken */
async function run(flags: ExploreFlags): Promise<number> {
  const { protocol, service } = await nodesOf(flags);
  const firstSeed = flags.seed ?? randomInt(SEEDS_DRAWN_BELOW);
  const { seeds, signatures, behaviour = null, f: faults = null } = flags;
  const unfit = behaviour === null ? null : misfit(behaviourNamed(behaviour), protocol.name);
  if (unfit !== null) {
    throw new ScenarioError([{ where: "--behaviour", path: "", message: unfit }]);
  }
  if (flags.seed === undefined) {
    process.stdout.write(`first seed: ${firstSeed} (drawn; the same again: --seed ${firstSeed})\n`);
  }
  if (flags.story === true) {
    const schedule = forService(drawSchedule(firstSeed, protocol, behaviour, faults), service);
    const story = storyOf(play(schedule, { protocol, service, signatures }));
    process.stdout.write(printableLines(story));
  }
  const startedMs = monotonicMs();
  const common = { protocol, service, firstSeed, seeds, signatures, behaviour, faults };
  const result = explore({
    ...common,
    judge: brokenPromises,
    onSeed: progress({ firstSeed, seeds }),
  });
  const minutes = (monotonicMs() - startedMs) / 60_000;
  const given = givenAgain(flags);
  for (const failure of result.failures) {
    const text = describeFailure({ ...failure, rerun: failure.rerun + given });
    process.stdout.write(`${printableLines(text)}\n`);
  }
  process.stdout.write(summaryOf(result, minutes));
  return result.failures.length === 0 ? 0 : 1;
}

async function nodesOf(
  flags: ExploreFlags,
): Promise<{ protocol: Protocol; service: ExploreOptions["service"] }> {
  const nodes = await loadNodes(flags.mutant ?? null, flags.mutants);
  const protocol = nodes.protocols.find(({ name }) => name === flags.protocol);
  const service = nodes.services.find(({ name }) => name === flags.service);
  if (!protocol || !service) {
    throw new Error(`there is no ${flags.protocol} with ${flags.service}`);
  }
  return { protocol, service };
}

/** What the line that runs a seed again needs beside the seed and the protocol. */
function givenAgain({
  service,
  signatures,
  behaviour,
  f: faults,
  mutant,
  mutants,
}: ExploreFlags): string {
  return [
    service === defaults.service ? "" : ` --service ${service}`,
    signatures === "fast" ? "" : ` --signatures ${signatures}`,
    behaviour === undefined ? "" : ` --behaviour ${behaviour}`,
    faults === undefined ? "" : ` --f ${faults}`,
    mutant === undefined ? "" : ` --mutant ${mutant}`,
    ...mutants.map((folder) => ` --mutants ${folder}`),
  ].join("");
}

function progress({ firstSeed, seeds }: { readonly firstSeed: number; readonly seeds: number }) {
  let toldMs = monotonicMs();
  return (seed: number, failures: number): void => {
    const now = monotonicMs();
    if (now - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = now;
    process.stderr.write(`${seed - firstSeed + 1} of ${seeds} seeds, ${failures} failures\n`);
  };
}

function counted(count: number, one: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${one}s`;
}

/** What was never reached says so: nothing was learned about it. */
function reachLines(reached: Exploration["stats"]["reached"]): readonly string[] {
  const counts = Object.entries(reached).map(([goal, seeds]) => {
    const [first] = seeds;
    return first === undefined ? `${goal} never` : `${goal} ${seeds.length} (first ${first})`;
  });
  return counts.length === 0 ? [] : [`reached: ${counts.join(", ")}`];
}

function summaryOf({ failures, stats }: Exploration, minutes: number): string {
  const { seeds, steps, virtualMs, faults } = stats;
  const kinds = Object.entries(faults)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} ${count}`);
  const lines = [
    `${counted(seeds, "seed")}, ${counted(failures.length, "failure")}; ${Math.round(seeds / minutes)} seeds/min, ` +
      `${steps} steps, ${Math.round(virtualMs / 1000)} s of virtual time`,
    `operations: ${stats.operations} answered, ${stats.unknown} unknown`,
    `view changes: ${stats.viewChanges} in ${counted(stats.seedsWithViewChange, "seed")}; ` +
      `state transfers: ${stats.stateTransfers}`,
    `crashes: ${stats.crashes}; power cuts: ${stats.powerCuts}; ` +
      `all replicas down at once: ${stats.totalOutages}`,
    `faults: ${kinds.join(", ")}`,
    ...reachLines(stats.reached),
  ];
  return `${lines.join("\n")}\n`;
}
