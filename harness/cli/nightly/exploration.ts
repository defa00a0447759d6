/** A part of the night in the simulator: as many seeds as fit into some seconds. */
import { setImmediate } from "node:timers/promises";
import { bearsFaults } from "../../../nodes/protocols/contract/protocol.ts";
import { defaults } from "../../../nodes/registry.ts";
import { monotonicMs } from "../../drivers/clock.ts";
import { runsLinked } from "../../drivers/runtime-exploration/linked-runtime.ts";
import { drawnPlan, explore, type SeedOptions } from "../../drivers/simulation/explore.ts";
import type { Nodes } from "../../drivers/simulation/planted-nodes.ts";
import {
  type ExplorationStep,
  type ExplorationTotals,
  type Night,
  sumOf,
} from "../../reports/night/night.ts";
import { mutantNamed } from "../explore/assignment.ts";
import { brokenPromises } from "../explore-oracle.ts";
import type { Candidate } from "./agenda.ts";

/** Seeds of different parts never meet. */
const SEEDS_MAX = 10_000;
export const PART_MS = 10_000;
/** The least that a part is begun for: one seed takes some hundredths of a second. */
const PART_MIN_MS = 2_000;
/** Ctrl-C is heard in between. */
const SEEDS_AT_ONCE = 5;
/** More failures of one part show nothing more. */
export const FAILURES_MAX = 5;
const FAILURES_OF_NIGHT_MAX = 20;

/** What stands in the place of a protocol's name where replicas' logs, queues and links play. */
export const RUNTIME = "runtime";

export interface Chunk extends Candidate {
  /** Or {@link RUNTIME}. */
  readonly protocol: string;
  readonly firstSeed: number;
}

/**
 * Protocols in turns, but only those that promise to bear faults; then the runtime, unless the bug
 * that is planted is none of its.
 */
export function explorationPart(
  number: number,
  {
    seed,
    steps,
    mutant,
    mutantFolders,
  }: Pick<Night, "seed" | "steps" | "mutant" | "mutantFolders">,
  { protocols }: Pick<Nodes, "protocols">,
): Chunk | null {
  const found = steps.flatMap((step) => (step.kind === "exploration" ? step.failures : []));
  if (found.length >= FAILURES_OF_NIGHT_MAX) return null;
  const isInRuntime = mutant === null || runsLinked(mutantNamed(mutant, mutantFolders));
  const bearing = protocols.filter(bearsFaults).map(({ name }) => name);
  const turns = isInRuntime ? [...bearing, RUNTIME] : bearing;
  const protocol = turns[number % turns.length];
  if (protocol === undefined) return null;
  const firstSeed = seed + number * SEEDS_MAX;
  const name = `explore ${protocol} from seed ${firstSeed}`;
  return { key: name, name, upToMs: PART_MIN_MS, protocol, firstSeed };
}

export interface Exploring {
  readonly nodes: Nodes;
  /** What makes the line that runs a seed again whole. */
  readonly given: string;
  /** When the night's budget is over, on the monotonic clock. */
  readonly untilMs: number;
  readonly isStopped: () => boolean;
  /** The planted bug of the night, if any. */
  readonly mutant: string | null;
  /** Keeps a failing plan as a file. @returns its path from the night's folder */
  readonly keep: (name: string, plan: unknown) => string;
}

export async function explorePart(
  { key, protocol: name, firstSeed }: Chunk,
  { nodes, given, untilMs, isStopped, mutant, keep }: Exploring,
): Promise<ExplorationStep> {
  const protocol = nodes.protocols.find((each) => each.name === name);
  const service = nodes.services.find((each) => each.name === defaults.service);
  if (!protocol || !service) throw new RangeError(`there is no protocol ${name}`);
  const beganMs = monotonicMs();
  const endMs = Math.min(untilMs, beganMs + PART_MS);
  const totals: ExplorationTotals[] = [];
  const failures: ExplorationStep["failures"][number][] = [];
  const kind = { signatures: "fast", mutant, judge: brokenPromises } as const;
  const options: SeedOptions = { protocol, service, ...kind };
  const isOver = () => monotonicMs() >= endMs || failures.length >= FAILURES_MAX || isStopped();
  for (let played = 0; played < SEEDS_MAX && !isOver(); played += SEEDS_AT_ONCE) {
    const seeds = { firstSeed: firstSeed + played, seeds: SEEDS_AT_ONCE };
    const result = explore({ ...options, ...seeds, stop: () => monotonicMs() >= endMs });
    totals.push(result.stats);
    for (const { seed, broken, rerun } of result.failures) {
      const plan = keep(`${name}-seed-${seed}`, drawnPlan(seed, options));
      failures.push({ seed, broken, rerun: rerun + given, plan });
    }
    await setImmediate();
  }
  const tookMs = monotonicMs() - beganMs;
  const parts = { key, protocol: name, firstSeed, totals: sumOf(totals), failures, tookMs };
  return { kind: "exploration", source: "exploration", ...parts };
}
