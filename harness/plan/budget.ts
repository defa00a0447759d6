/** B(t) and C(t) of reference 6.5, and what is owed when. */
import type { Endpoint, FaultEffect, LinkCondition } from "../../faults/fault.ts";
import type { Durability } from "./plan.ts";
import { largestGroup, REPLICAS_MAX } from "./reach.ts";

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
  readonly faultsMax: number;
  readonly upperBound: boolean;
}

/** What the budget has to know of a cluster. */
export interface BudgetCluster {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
  readonly faultsMax: number;
  /** `timers.request`: a link is timely while its injected delay stays below a fifth of it. */
  readonly requestMs: number;
  /** With `none`, a killed replica comes back with amnesia. */
  readonly durability: Durability;
}

/** Effects that were (or will be) in force in [fromMs, toMs). `toMs` may be Infinity. */
export interface BudgetWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly effects: readonly FaultEffect[];
}

/** Pure; the clock is the caller's. The first step begins at 0 or at the earliest window. */
export function budgetOf(cluster: BudgetCluster, windows: readonly BudgetWindow[]): BudgetTimeline {
  if (cluster.replicas.length > REPLICAS_MAX) {
    throw new RangeError(`${cluster.replicas.length} replicas; the budget counts ${REPLICAS_MAX}`);
  }
  const safety = new Set<Endpoint>();
  const steps: BudgetStep[] = [];
  for (const fromMs of boundaries(windows)) {
    const active = windows
      .filter((window) => window.fromMs <= fromMs && fromMs < window.toMs)
      .flatMap((window) => window.effects);
    // Without a `recovered` event B only grows: what lied once has signed what it signed.
    for (const replica of safetyFaults(active, cluster)) safety.add(replica);
    const step = { fromMs, ...budgetAt(cluster, active, safety) };
    const last = steps.at(-1);
    if (last === undefined || !sameBudget(last, step)) steps.push(step);
  }
  return { steps, faultsMax: cluster.faultsMax, upperBound: false };
}

/** The moments at which effects begin or end, 0 among them. */
export function boundaries(windows: readonly BudgetWindow[]): readonly number[] {
  const times = windows.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).filter(Number.isFinite);
  return [...new Set([0, ...times])].toSorted((a, b) => a - b);
}

function safetyFaults(active: readonly FaultEffect[], cluster: BudgetCluster): readonly Endpoint[] {
  return active.flatMap((effect) => {
    if (effect.on === "behaviour") return [effect.replica];
    const amnesiac = effect.on === "process" && cluster.durability === "none";
    return amnesiac && effect.condition.kind !== "paused" ? [effect.replica] : [];
  });
}

function budgetAt(
  cluster: BudgetCluster,
  active: readonly FaultEffect[],
  safetyFaulty: ReadonlySet<Endpoint>,
): Omit<BudgetStep, "fromMs"> {
  const { replicas, clients, faultsMax } = cluster;
  const stopped = new Set(
    active.flatMap((effect) => (effect.on === "process" ? effect.replica : [])),
  );
  const slow = untimelyLinks(active, cluster.requestMs);
  const reaches = (a: Endpoint, b: Endpoint) => !slow.has(`${a} ${b}`) && !slow.has(`${b} ${a}`);
  const maskOf = (holds: (replica: Endpoint) => boolean) =>
    replicas.reduce((mask, replica, id) => (holds(replica) ? mask | (1 << id) : mask), 0);

  const { size, reachedByAll } = largestGroup({
    mutual: replicas.map((a) => maskOf((b) => a !== b && reaches(a, b))),
    running: maskOf((replica) => !stopped.has(replica) && !safetyFaulty.has(replica)),
    clients: clients.map((client) => maskOf((replica) => reaches(client, replica))),
  });
  const safety = replicas.filter((replica) => safetyFaulty.has(replica));
  const unavailable = replicas.length - safety.length - size;
  return {
    safety,
    unavailable,
    safetyOwed: safety.length <= faultsMax,
    livenessOwed:
      safety.length + unavailable <= faultsMax && reachedByAll >= replicas.length - faultsMax,
  };
}

function sameBudget(a: BudgetStep, b: BudgetStep): boolean {
  return (
    a.unavailable === b.unavailable &&
    a.livenessOwed === b.livenessOwed &&
    a.safety.join() === b.safety.join()
  );
}

/** Directed links, as `from to`, that are cut or too slow for the timers. */
function untimelyLinks(active: readonly FaultEffect[], requestMs: number): ReadonlySet<string> {
  const conditions = new Map<string, LinkCondition[]>();
  for (const effect of active) {
    if (effect.on !== "network") continue;
    const link = `${effect.from} ${effect.to}`;
    conditions.set(link, [...(conditions.get(link) ?? []), effect.condition]);
  }
  const untimely = [...conditions].filter(([, on]) => injectedDelayMs(on) >= requestMs / 5);
  return new Set(untimely.map(([link]) => link));
}

/** A full batch of small requests: what a limited link must carry in time. */
const FRAME_BYTES = 4_096;

/** How long one frame is held up by all of these together; Infinity where it never arrives. */
export function injectedDelayMs(conditions: readonly LinkCondition[]): number {
  return conditions.reduce((total, condition) => total + delayOf(condition), 0);
}

function delayOf(condition: LinkCondition): number {
  switch (condition.kind) {
    case "delay":
      return condition.latencyMs + condition.jitterMs;
    case "bandwidth":
      return FRAME_BYTES / condition.kilobytesPerSecond;
    case "trickle":
      return Math.ceil(FRAME_BYTES / condition.bytes) * condition.everyMs;
    // A connection that closes in the middle of every frame or two is as good as cut.
    case "cutoff":
    case "reset":
    case "refuse":
    case "drop":
    case "hold":
      return Number.POSITIVE_INFINITY;
    default:
      return condition satisfies never;
  }
}
