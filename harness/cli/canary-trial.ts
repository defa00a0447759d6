/** One planted bug in the simulator: how long it lives, and that it needs a fault to die. */
import type { Mutant } from "../../faults/mutant.ts";
import { defaults } from "../../nodes/registry.ts";
import { monotonicMs } from "../drivers/clock.ts";
import { runtimeSeedResult } from "../drivers/runtime-exploration/explore-runtime.ts";
import { drawnPlan, judgePlan } from "../drivers/simulation/explore.ts";
import { loadNodes } from "../drivers/simulation/planted-nodes.ts";
import type { Plan } from "../plan/plan.ts";
import { usualSimulation } from "../plan/simulation.ts";
import { brokenPromises } from "./explore-oracle.ts";

export interface TrialOptions {
  readonly protocol: string;
  readonly firstSeed: number;
  readonly seedsMax: number;
  readonly mutantFolders: readonly string[];
}

/** What became of it. `survived`: no seed showed it; `miscaught`: only checks it does not name. */
export interface Trial {
  readonly mutant: Mutant;
  readonly end: "caught" | "miscaught" | "survived" | "red without faults";
  /** The checks that went red in the deciding seed. */
  readonly checks: readonly string[];
  readonly seed: number | null;
  readonly seedsTried: number;
  readonly tookMs: number;
}

/** They are about runs without faults, too: what a replica holds and takes shows in any. */
const OF_QUIET_RUNS: readonly string[] = [
  "L-7",
  "S-26",
  "log-bytes",
  "queue-drops",
  "rate-refusals",
  "rejected-work",
  "repeated-checks",
];
/** Seeds of the quiet run: a bug that shows there proves nothing about the faults. */
const QUIET_SEEDS = 5;

/** Plays the mutant's killing plans until a check that it names goes red. */
export async function tryMutant(mutant: Mutant, options: TrialOptions): Promise<Trial> {
  const startedMs = monotonicMs();
  const nodes = await loadNodes(mutant.name, options.mutantFolders);
  const protocol = nodes.protocols.find(({ name }) => name === options.protocol);
  const service = nodes.services.find(({ name }) => name === defaults.service);
  if (!protocol || !service) throw new RangeError(`there is no protocol ${options.protocol}`);
  const { behaviour = null, attack = null } = mutant;
  const shared = { protocol, service, signatures: "fast", judge: brokenPromises } as const;

  for (let seed = options.firstSeed; seed < options.firstSeed + QUIET_SEEDS; seed += 1) {
    // A certificate that is too small shows in any log; what must need a fault is its consequence.
    const { broken } = judgePlan(quiet(drawnPlan(seed, shared)), shared);
    const checks = idsOf(broken)
      .filter((check) => mutant.caughtBy.includes(check))
      .filter((check) => !OF_QUIET_RUNS.includes(check));
    if (checks.length === 0) continue;
    const tookMs = monotonicMs() - startedMs;
    return { mutant, end: "red without faults", checks, seed, seedsTried: 0, tookMs };
  }
  return hunt(mutant, { ...options, startedMs }, (seed) => {
    const plan = drawnPlan(seed, { ...shared, behaviour, attack });
    return judgePlan(plan, shared).broken;
  });
}

/** The same cluster and load on a kind network, nobody lying and nothing failing. */
function quiet(plan: Plan): Plan {
  const { clockMs: _, costs: __, view: ___, ...simulation } = plan.simulation ?? usualSimulation;
  const network = { ...simulation.network, loss: 0, duplication: 0, reordering: 0 };
  const delayMaxMs = Math.min(network.delayMaxMs, network.delayMinMs + 3);
  const kind = { ...network, delayMaxMs };
  return { ...plan, entries: [], simulation: { ...simulation, network: kind, calm: kind } };
}

/** One of the runtime: its loop may go wrong where nothing fails, and that is a catch. */
export function tryRuntimeMutant(mutant: Mutant, options: TrialOptions): Promise<Trial> {
  return hunt(mutant, { ...options, startedMs: monotonicMs() }, async (seed) => {
    return (await runtimeSeedResult(seed, mutant)).broken;
  });
}

type Broken = readonly { readonly check: string }[];

/** Seed after seed until a check that the mutant names goes red. */
async function hunt(
  mutant: Mutant,
  { firstSeed, seedsMax, startedMs }: Omit<TrialOptions, "protocol"> & { startedMs: number },
  play: (seed: number) => Broken | Promise<Broken>,
): Promise<Trial> {
  const end = (fields: Pick<Trial, "end" | "checks" | "seed" | "seedsTried">): Trial => {
    return { mutant, ...fields, tookMs: monotonicMs() - startedMs };
  };
  let seen: { readonly seed: number; readonly checks: readonly string[] } | null = null;
  for (let tried = 1; tried <= seedsMax; tried += 1) {
    const seed = firstSeed + tried - 1;
    const checks = idsOf(await play(seed));
    if (checks.some((check) => mutant.caughtBy.includes(check))) {
      return end({ end: "caught", checks, seed, seedsTried: tried });
    }
    if (checks.length > 0) seen ??= { seed, checks };
  }
  if (seen !== null) return end({ end: "miscaught", ...seen, seedsTried: seedsMax });
  return end({ end: "survived", checks: [], seed: null, seedsTried: seedsMax });
}

function idsOf(broken: Broken): readonly string[] {
  return [...new Set(broken.map(({ check }) => check))];
}
