/** The budget before the run: an upper bound where a target is still symbolic. */
import type { FaultDefinition, FaultEffect } from "../../faults/fault.ts";
import {
  type BudgetCluster,
  type BudgetStep,
  type BudgetTimeline,
  boundaries,
  budgetOf,
} from "./budget.ts";
import type { Plan, PlanEntry } from "./plan.ts";
import { endpointsOf, injectionContext } from "./targets.ts";

export function budgetCluster({ parameters, durability }: Plan["cluster"]): BudgetCluster {
  return {
    ...endpointsOf(parameters),
    faultsMax: parameters.faultsMax,
    requestMs: parameters.timers.requestMs,
    durability,
  };
}

/** The effects of an entry for each replica that may lead at its injection. */
export function possibleEffects(
  entry: Pick<PlanEntry, "fault" | "resolved">,
  cluster: BudgetCluster,
  faults: readonly FaultDefinition[],
): readonly (readonly FaultEffect[])[] {
  const definition = faults.find(({ kind }) => kind === entry.fault);
  if (definition === undefined)
    throw new RangeError(`the plan has an unknown fault ${entry.fault}`);
  const distinct = new Map(
    cluster.replicas.map((primary) => {
      const effects = definition.effects(entry.resolved, injectionContext(cluster, primary));
      return [JSON.stringify(effects), effects] as const;
    }),
  );
  return [...distinct.values()];
}

/** Beyond so many ways in which the active entries may strike, the bound is "everything". */
const WAYS_MAX = 4_096;

interface PossibleWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** One list of effects for each way it may strike. */
  readonly ways: readonly (readonly FaultEffect[])[];
}

/**
 * Times count from the start of the faults phase. In every stretch the worst way to strike counts,
 * for B and for C each by itself.
 */
export function plannedBudget(
  plan: Pick<Plan, "cluster" | "phases" | "entries">,
  faults: readonly FaultDefinition[],
): BudgetTimeline {
  const cluster = budgetCluster(plan.cluster);
  const windows = plan.entries.map((entry): PossibleWindow => {
    const toMs = Math.min(entry.atMs + entry.durationMs, plan.phases.faultsMs);
    return { fromMs: entry.atMs, toMs, ways: possibleEffects(entry, cluster, faults) };
  });
  const times = boundaries(windows.map((window) => ({ ...window, effects: [] })));
  const steps: BudgetStep[] = [];
  for (const fromMs of times) {
    const worst = worstAt(fromMs, windows, cluster);
    const last = steps.at(-1);
    const same =
      last !== undefined && JSON.stringify({ ...last, fromMs }) === JSON.stringify(worst);
    if (!same) steps.push(worst);
  }
  const upperBound = windows.some(({ ways }) => ways.length > 1);
  return { steps, faultsMax: cluster.faultsMax, upperBound };
}

function worstAt(
  fromMs: number,
  windows: readonly PossibleWindow[],
  cluster: BudgetCluster,
): BudgetStep {
  // Earlier windows matter as well: B remembers them.
  const begun = windows.filter((window) => window.fromMs <= fromMs);
  const counted = begun.filter(
    ({ toMs, ways }) => toMs > fromMs || ways.some((way) => leavesSafetyFault(way, cluster)),
  );
  const ways = counted.reduce((product, window) => product * window.ways.length, 1);
  if (ways > WAYS_MAX) return everythingAt(fromMs, cluster);
  let worst: BudgetStep | null = null;
  for (let way = 0; way < ways; way += 1) {
    const timeline = budgetOf(cluster, pick(counted, way));
    const step = timeline.steps.findLast((candidate) => candidate.fromMs <= fromMs);
    if (step !== undefined) worst = worse(worst, { ...step, fromMs });
  }
  return worst ?? everythingAt(fromMs, cluster);
}

function leavesSafetyFault(way: readonly FaultEffect[], { durability }: BudgetCluster): boolean {
  return way.some(({ on }) => on === "behaviour" || (on === "process" && durability === "none"));
}

/** The `way`-th combination, read as a number whose digits are the windows' own ways. */
function pick(windows: readonly PossibleWindow[], way: number) {
  let rest = way;
  return windows.map(({ fromMs, toMs, ways }) => {
    const effects = ways[rest % ways.length] ?? [];
    rest = Math.floor(rest / ways.length);
    return { fromMs, toMs, effects };
  });
}

function worse(a: BudgetStep | null, b: BudgetStep): BudgetStep {
  if (a === null) return b;
  return {
    fromMs: a.fromMs,
    safety: a.safety.length >= b.safety.length ? a.safety : b.safety,
    unavailable: Math.max(a.unavailable, b.unavailable),
    safetyOwed: a.safetyOwed && b.safetyOwed,
    livenessOwed: a.livenessOwed && b.livenessOwed,
  };
}

function everythingAt(fromMs: number, { replicas }: BudgetCluster): BudgetStep {
  return {
    fromMs,
    safety: replicas,
    unavailable: replicas.length,
    safetyOwed: false,
    livenessOwed: false,
  };
}
