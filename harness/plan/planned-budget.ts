/** The budget before the run: an upper bound where a target is still symbolic. */
import type { Endpoint, FaultDefinition, FaultEffect } from "../../faults/fault.ts";
import type { ActiveEffects } from "./active-effects.ts";
import {
  activeEffects,
  type BudgetCluster,
  type BudgetStep,
  type BudgetTimeline,
  budgetAt,
  safetyFaults,
  sameBudget,
} from "./budget.ts";
import { SMALL_LOAD } from "./link-load.ts";
import type { Plan, PlanEntry } from "./plan.ts";
import { type Span, sweep } from "./sweep.ts";
import { endpointsOf, injectionContext, type Roles } from "./targets.ts";
import { toleranceOf } from "./tolerance.ts";

export function budgetCluster(planned: Plan["cluster"]): BudgetCluster {
  const { parameters, durability, messages } = planned;
  return {
    ...endpointsOf(parameters),
    tolerates: toleranceOf(planned),
    requestMs: parameters.timers.requestMs,
    durability,
    load: messages?.load ?? SMALL_LOAD,
    workMs: messages?.workMs ?? 0,
  };
}

/** The effects of an entry for each replica that may lead, or set it off, at its injection. */
export function possibleEffects(
  entry: Pick<PlanEntry, "fault" | "resolved" | "notApplicable">,
  cluster: BudgetCluster,
  faults: readonly FaultDefinition[],
): readonly (readonly FaultEffect[])[] {
  const definition = faults.find(({ kind }) => kind === entry.fault);
  if (definition === undefined)
    throw new RangeError(`the plan has an unknown fault ${entry.fault}`);
  if (entry.notApplicable !== undefined) return [[]];
  const distinct = new Map(
    possibleRoles(entry, cluster).map((roles) => {
      const effects = definition.effects(entry.resolved, injectionContext(cluster, roles));
      return [JSON.stringify(effects), effects] as const;
    }),
  );
  return [...distinct.values()];
}

function possibleRoles(
  { resolved }: Pick<PlanEntry, "resolved">,
  { replicas }: BudgetCluster,
): readonly Roles[] {
  const text = JSON.stringify(resolved) ?? "";
  // Whoever is not asked for is the same in all of them.
  const whoMayBe = (role: string) => (text.includes(`"${role}`) ? replicas : replicas.slice(0, 1));
  const leaders = text.includes('"backup#') ? replicas : whoMayBe("primary");
  return leaders.flatMap((primary) =>
    whoMayBe("next-primary").flatMap((nextPrimary) =>
      whoMayBe("subject").map((subject) => ({ primary, nextPrimary, subject })),
    ),
  );
}

/** Beyond so many ways in which the active entries may strike, the bound is "everything". */
const WAYS_MAX = 4_096;

type Way = readonly FaultEffect[];

/** One list of effects for each way it may strike. */
interface PossibleWindow extends Span {
  readonly ways: readonly Way[];
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
    const ways = possibleEffects(entry, cluster, faults);
    const { atMs: fromMs, when, outlasts } = entry;
    // What waits for something may begin at any time from then on, or never.
    const endMs = outlasts === true ? Infinity : plan.phases.faultsMs;
    if (when !== undefined) return { fromMs, toMs: endMs, ways: [...ways, []] };
    if (outlasts === true) return { fromMs, toMs: endMs, ways };
    const toMs = Math.min(fromMs + entry.durationMs, plan.phases.faultsMs);
    return { fromMs, toMs, ways };
  });
  const possible = new PossibleStates(cluster);
  const steps: BudgetStep[] = [];
  for (const { atMs, ended, begun } of sweep(windows)) {
    for (const window of ended) possible.end(window);
    for (const window of begun) possible.begin(window);
    const worst = possible.worstAt(atMs);
    const last = steps.at(-1);
    if (last === undefined || !sameBudget(last, worst)) steps.push(worst);
  }
  // What a guard refuses takes nobody away.
  const guarded = plan.entries.some(({ operator }) => (operator?.command?.guards.length ?? 0) > 0);
  const upperBound = guarded || windows.some(({ ways }) => ways.length > 1);
  return { steps, tolerates: cluster.tolerates, upperBound };
}

/**
 * All states the cluster may be in now. What can strike in one way only is in force once and for
 * all; only the windows that can strike in several are combined.
 */
class PossibleStates {
  readonly #cluster: BudgetCluster;
  readonly #certain: ActiveEffects;
  readonly #undecided = new Set<PossibleWindow>();
  /** The sets B may have come to by what is over; each by its members' names. */
  #safety = new Map<string, ReadonlySet<Endpoint>>([["", new Set()]]);

  constructor(cluster: BudgetCluster) {
    this.#cluster = cluster;
    this.#certain = activeEffects(cluster);
  }

  begin(window: PossibleWindow): void {
    const [only] = window.ways;
    if (only === undefined || window.ways.length > 1) {
      this.#undecided.add(window);
      return;
    }
    this.#certain.add(only);
    this.#rememberSafety(window);
  }

  end(window: PossibleWindow): void {
    const [only] = window.ways;
    if (!this.#undecided.delete(window)) {
      if (only !== undefined) this.#certain.remove(only);
      return;
    }
    this.#rememberSafety(window);
  }

  worstAt(fromMs: number): BudgetStep {
    const undecided = [...this.#undecided];
    const ways = undecided.reduce((product, window) => product * window.ways.length, 1);
    const everything = everythingAt(fromMs, this.#cluster);
    if (ways * this.#safety.size > WAYS_MAX) return everything;
    let worst: BudgetStep | null = null;
    for (let way = 0; way < ways; way += 1) {
      const picked = pick(undecided, way);
      this.#certain.add(picked);
      const lying = safetyFaults(picked, this.#cluster);
      for (const before of this.#safety.values()) {
        const safety = lying.length === 0 ? before : new Set([...before, ...lying]);
        const step = { fromMs, ...budgetAt(this.#cluster, this.#certain, safety) };
        worst = worse(worst, step);
      }
      this.#certain.remove(picked);
    }
    return worst ?? everything;
  }

  /** B only grows: what lied once has signed what it signed. */
  #rememberSafety({ ways }: PossibleWindow): void {
    const lying = ways.map((way) => safetyFaults(way, this.#cluster));
    if (lying.every((replicas) => replicas.length === 0)) return;
    if (this.#safety.size > WAYS_MAX) return;
    const known = [...this.#safety.values()];
    this.#safety = new Map(
      known.flatMap((before) =>
        lying.map((replicas) => {
          const safety = new Set([...before, ...replicas]);
          return [[...safety].toSorted().join(), safety] as const;
        }),
      ),
    );
  }
}

/** The `way`-th combination, read as a number whose digits are the windows' own ways. */
function pick(windows: readonly PossibleWindow[], way: number): Way {
  let rest = way;
  return windows.flatMap(({ ways }) => {
    const effects = ways[rest % ways.length] ?? [];
    rest = Math.floor(rest / ways.length);
    return effects;
  });
}

function worse(a: BudgetStep | null, b: BudgetStep): BudgetStep {
  if (a === null) return b;
  return {
    fromMs: a.fromMs,
    safety: worseSafety(a.safety, b.safety),
    unavailable: Math.max(a.unavailable, b.unavailable),
    safetyOwed: a.safetyOwed && b.safetyOwed,
    livenessOwed: a.livenessOwed && b.livenessOwed,
  };
}

/** In the place of the name of a replica that differs from one way to another. */
export const KNOWN_LATER = "known later";

/** The larger one; of two as large what they share, and that the others are known later. */
function worseSafety(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length !== b.length) return a.length > b.length ? a : b;
  const shared = a.filter((name) => name !== KNOWN_LATER && b.includes(name));
  return [...shared, ...Array.from({ length: a.length - shared.length }, () => KNOWN_LATER)];
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
