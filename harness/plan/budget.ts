/** B(t) and C(t), and what is owed when (harness §4). */
import type { Endpoint, FaultEffect } from "../../faults/fault.ts";
import { isClientHost } from "../../faults/link-state.ts";
import type { Durability } from "../../nodes/protocols/contract/durability.ts";
import type { Tolerance } from "../../nodes/protocols/contract/protocol.ts";
import { ActiveEffects } from "./active-effects.ts";
import { keepsUp } from "./cpu-load.ts";
import { loadedLinks, timelyMs } from "./link-delay.ts";
import type { LinkLoad } from "./plan.ts";
import { largestGroup, REPLICAS_MAX } from "./reach.ts";
import { type Span, sweep } from "./sweep.ts";

export interface BudgetStep {
  readonly fromMs: number;
  /** Replicas with a safety fault, by name. */
  readonly safety: readonly string[];
  /** Unavailable replicas outside B: n - B - |S|. */
  readonly unavailable: number;
  readonly safetyOwed: boolean;
  readonly livenessOwed: boolean;
}

/** Steps ascend, each holds until the next; `upperBound` where a target is still symbolic. */
export interface BudgetTimeline {
  readonly steps: readonly BudgetStep[];
  readonly tolerates: Tolerance;
  readonly upperBound: boolean;
}

/** What the budget has to know of a cluster. */
export interface BudgetCluster {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
  readonly tolerates: Tolerance;
  /** `timers.request`: a link is timely while its injected delay stays below a fifth of it. */
  readonly requestMs: number;
  /** What has to arrive within that delay. */
  readonly load: LinkLoad;
  /** CPU time that the load costs a replica within that delay. */
  readonly workMs: number;
  /** With `none`, a killed replica comes back with amnesia. */
  readonly durability: Durability;
}

/** Effects that were (or will be) in force in [fromMs, toMs). */
export interface BudgetWindow extends Span {
  readonly effects: readonly FaultEffect[];
}

/** Pure; the clock is the caller's. The first step begins at 0 or at the earliest window. */
export function budgetOf(cluster: BudgetCluster, windows: readonly BudgetWindow[]): BudgetTimeline {
  const active = activeEffects(cluster);
  const safety = new Set<Endpoint>();
  const steps: BudgetStep[] = [];
  for (const { atMs: fromMs, ended, begun } of sweep(windows)) {
    for (const { effects } of ended) active.remove(effects);
    for (const { effects } of begun) {
      active.add(effects);
      // Without a `recovered` event B only grows: what lied once has signed what it signed.
      for (const replica of safetyFaults(effects, cluster)) safety.add(replica);
    }
    const step = { fromMs, ...budgetAt(cluster, active, safety) };
    const last = steps.at(-1);
    if (last === undefined || !sameBudget(last, step)) steps.push(step);
  }
  return { steps, tolerates: cluster.tolerates, upperBound: false };
}

export function activeEffects(cluster: BudgetCluster): ActiveEffects {
  const { replicas, clients, load } = cluster;
  if (replicas.length > REPLICAS_MAX) {
    throw new RangeError(`${replicas.length} replicas; the budget counts ${REPLICAS_MAX}`);
  }
  return new ActiveEffects(loadedLinks(load, clients), (share) => keepsUp(share, cluster));
}

export function safetyFaults(
  effects: readonly FaultEffect[],
  { durability }: BudgetCluster,
): readonly Endpoint[] {
  return effects.flatMap((effect) => {
    // Any number of clients may be bad (protocols §1.1).
    if (effect.on === "behaviour") return isClientHost(effect.replica) ? [] : [effect.replica];
    if (effect.on === "state") return [effect.replica];
    const amnesiac = effect.on === "process" && durability === "none";
    return amnesiac && effect.condition.kind !== "paused" ? [effect.replica] : [];
  });
}

export function budgetAt(
  cluster: BudgetCluster,
  active: ActiveEffects,
  safetyFaulty: ReadonlySet<Endpoint>,
): Omit<BudgetStep, "fromMs"> {
  const { replicas, clients } = cluster;
  const { byzantine, crashed } = cluster.tolerates;
  const allowedMs = timelyMs(cluster.requestMs);
  const isTimely = (from: Endpoint, to: Endpoint) => active.delayMs(from, to) < allowedMs;
  const reaches = (a: Endpoint, b: Endpoint) => isTimely(a, b) && isTimely(b, a);
  const maskOf = (holds: (replica: Endpoint) => boolean) =>
    replicas.reduce((mask, replica, id) => (holds(replica) ? mask | (1 << id) : mask), 0);

  const { size, reachedByAll } = largestGroup({
    mutual: replicas.map((a) => maskOf((b) => a !== b && reaches(a, b))),
    running: maskOf((replica) => !active.isAway(replica) && !safetyFaulty.has(replica)),
    clients: clients.map((client) => maskOf((replica) => reaches(client, replica))),
  });
  const safety = replicas.filter((replica) => safetyFaulty.has(replica));
  const unavailable = replicas.length - safety.length - size;
  return {
    safety,
    unavailable,
    safetyOwed: safety.length <= byzantine,
    livenessOwed:
      safety.length <= byzantine &&
      safety.length + unavailable <= crashed &&
      reachedByAll >= replicas.length - crashed,
  };
}

export function sameBudget(a: BudgetStep, b: BudgetStep): boolean {
  return (
    a.unavailable === b.unavailable &&
    a.livenessOwed === b.livenessOwed &&
    a.safety.join() === b.safety.join()
  );
}
