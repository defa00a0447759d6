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

/** It is about runs without faults: there it has to be seen. */
const OF_QUIET_RUNS = "L-7";
/** Seeds of the quiet run: a bug that shows there proves nothing about the faults. */
const QUIET_SEEDS = 5;

/** Plays the mutant's killing plans until a check that it names goes red. */
export async function tryMutant(mutant: Mutant, options: TrialOptions): Promise<Trial> {
  const startedMs = monotonicMs();
  const nodes = await loadNodes(mutant.name, options.mutantFolders);
  const protocol = nodes.protocols.find(({ name }) => name === options.protocol);
  const service = nodes.services.find(({ name }) => name === defaults.service);
  if (!protocol || !service) throw new RangeError(`there is no protocol ${options.protocol}`);
  const behaviour = mutant.behaviour ?? null;
  const shared = { protocol, service, signatures: "fast", judge: brokenPromises } as const;
  const end = (fields: Pick<Trial, "end" | "checks" | "seed" | "seedsTried">): Trial => {
    return { mutant, ...fields, tookMs: monotonicMs() - startedMs };
  };

  for (let seed = options.firstSeed; seed < options.firstSeed + QUIET_SEEDS; seed += 1) {
    // A certificate that is too small shows in any log; what must need a fault is its consequence.
    const { broken } = judgePlan(quiet(drawnPlan(seed, shared)), shared);
    const checks = idsOf(broken)
      .filter((check) => mutant.caughtBy.includes(check))
      .filter((check) => check !== OF_QUIET_RUNS);
    if (checks.length > 0) return end({ end: "red without faults", checks, seed, seedsTried: 0 });
  }
  let seen: { readonly seed: number; readonly checks: readonly string[] } | null = null;
  for (let tried = 1; tried <= options.seedsMax; tried += 1) {
    const seed = options.firstSeed + tried - 1;
    const plan = drawnPlan(seed, { ...shared, behaviour });
    const checks = idsOf(judgePlan(plan, shared).broken);
    if (checks.some((check) => mutant.caughtBy.includes(check))) {
      return end({ end: "caught", checks, seed, seedsTried: tried });
    }
    if (checks.length > 0) seen ??= { seed, checks };
  }
  const seedsTried = options.seedsMax;
  if (seen !== null) return end({ end: "miscaught", ...seen, seedsTried });
  return end({ end: "survived", checks: [], seed: null, seedsTried });
}

/** The same cluster and load on a kind network, nobody lying and nothing failing. */
function quiet(plan: Plan): Plan {
  const { simulation = usualSimulation } = plan;
  const network = { ...simulation.network, loss: 0, duplication: 0, reordering: 0 };
  const delayMaxMs = Math.min(network.delayMaxMs, network.delayMinMs + 3);
  const kind = { ...network, delayMaxMs };
  return { ...plan, entries: [], simulation: { ...simulation, network: kind, calm: kind } };
}

/** One of the runtime: its loop may go wrong where nothing fails, and that is a catch. */
export async function tryRuntimeMutant(
  mutant: Mutant,
  { firstSeed, seedsMax }: Pick<TrialOptions, "firstSeed" | "seedsMax">,
): Promise<Trial> {
  const startedMs = monotonicMs();
  let seen: { readonly seed: number; readonly checks: readonly string[] } | null = null;
  for (let tried = 1; tried <= seedsMax; tried += 1) {
    const { seed, broken } = await runtimeSeedResult(firstSeed + tried - 1, mutant);
    const checks = idsOf(broken);
    const isCaught = checks.some((check) => mutant.caughtBy.includes(check));
    if (checks.length > 0) seen ??= { seed, checks };
    if (!isCaught) continue;
    const tookMs = monotonicMs() - startedMs;
    return { mutant, end: "caught", checks, seed, seedsTried: tried, tookMs };
  }
  const tookMs = monotonicMs() - startedMs;
  if (seen !== null) return { mutant, end: "miscaught", ...seen, seedsTried: seedsMax, tookMs };
  return { mutant, end: "survived", checks: [], seed: null, seedsTried: seedsMax, tookMs };
}

function idsOf(broken: readonly { readonly check: string }[]): readonly string[] {
  return [...new Set(broken.map(({ check }) => check))];
}
