/**
 * Desired state, computed from every active effect at once (DESIGN 2 rule 4). A driver applies the
 * difference to what it last applied, so faults compose in any order and healing one is computing
 * again without it.
 *
 * On one directed link `refuse` > `reset` > `drop` > `hold` > shaping. `reset` stands below
 * `refuse` because a refused link has nothing left to reset, and above `drop` and `hold` because a
 * connection that is cut has nothing left to lose or to hold back. Shaping combines: delays and
 * jitters add, the smallest bandwidth, slice and cut-off win.
 */
import type { Endpoint, FaultEffect, LinkCondition } from "./fault.ts";

export interface LinkShaping {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly kilobytesPerSecond: number | null;
  readonly trickle: { readonly bytes: number; readonly everyMs: number } | null;
  readonly cutoffBytes: number | null;
}

export type OpenLink = { readonly kind: "open" } & LinkShaping;

export type LinkState =
  | { readonly kind: "refuse" }
  | { readonly kind: "reset" }
  | { readonly kind: "drop" }
  | { readonly kind: "hold" }
  | OpenLink;

export type ProcessState = "running" | "paused" | "down" | "power-cut";

export interface BehaviourState {
  readonly behaviour: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What no fault touches looks like this. */
export const PRISTINE_LINK: OpenLink = {
  kind: "open",
  latencyMs: 0,
  jitterMs: 0,
  kilobytesPerSecond: null,
  trickle: null,
  cutoffBytes: null,
};

/** The name of the directed link `from` -> `to`. A proxy that carries it is called the same. */
export function linkName(from: Endpoint, to: Endpoint): string {
  return `${from}-${to}`;
}

/** Client hosts are `c0`, `c1`, ...; everything else is a replica. */
export function isClientHost(endpoint: Endpoint): boolean {
  return endpoint.startsWith("c");
}

/** The state of one directed link under all its conditions, in any order. */
export function linkState(conditions: readonly LinkCondition[]): LinkState {
  for (const kind of ["refuse", "reset", "drop", "hold"] as const) {
    if (conditions.some((condition) => condition.kind === kind)) return { kind };
  }
  const delays = conditions.filter((condition) => condition.kind === "delay");
  const rates = conditions.filter((condition) => condition.kind === "bandwidth");
  const slices = conditions.filter((condition) => condition.kind === "trickle");
  const cutoffs = conditions.filter((condition) => condition.kind === "cutoff");
  return {
    kind: "open",
    latencyMs: sum(delays.map(({ latencyMs }) => latencyMs)),
    jitterMs: sum(delays.map(({ jitterMs }) => jitterMs)),
    kilobytesPerSecond: smallest(rates.map(({ kilobytesPerSecond }) => kilobytesPerSecond)),
    trickle:
      slices.length === 0
        ? null
        : {
            bytes: Math.min(...slices.map(({ bytes }) => bytes)),
            everyMs: Math.max(...slices.map(({ everyMs }) => everyMs)),
          },
    cutoffBytes: smallest(cutoffs.map(({ bytes }) => bytes)),
  };
}

/**
 * The state of every link that some effect names; all others are pristine. A client and a replica
 * share one connection for both directions, so refusing one direction refuses the other too.
 */
export function linkStates(effects: readonly FaultEffect[]): ReadonlyMap<string, LinkState> {
  const conditions = new Map<string, LinkCondition[]>();
  const add = (from: Endpoint, to: Endpoint, condition: LinkCondition) => {
    const name = linkName(from, to);
    conditions.set(name, [...(conditions.get(name) ?? []), condition]);
  };
  for (const effect of effects) {
    if (effect.on !== "network") continue;
    const { from, to, condition } = effect;
    add(from, to, condition);
    const shared = isClientHost(from) || isClientHost(to);
    if (shared && condition.kind === "refuse") add(to, from, condition);
  }
  return new Map([...conditions].map(([name, list]) => [name, linkState(list)]));
}

const PROCESS_SEVERITY: readonly ProcessState[] = ["running", "paused", "down", "power-cut"];

/**
 * The state of every process that some effect names; all others run. `power-cut` > `down` >
 * `paused`.
 */
export function processStates(
  effects: readonly FaultEffect[],
): ReadonlyMap<Endpoint, ProcessState> {
  const states = new Map<Endpoint, ProcessState>();
  for (const effect of effects) {
    if (effect.on !== "process") continue;
    const known = states.get(effect.replica) ?? "running";
    const worse = PROCESS_SEVERITY.indexOf(effect.condition.kind) > PROCESS_SEVERITY.indexOf(known);
    if (worse) states.set(effect.replica, effect.condition.kind);
  }
  return states;
}

/**
 * The behaviours switched on at every replica that some effect names, sorted by name and then by
 * parameters, each once. Several at one replica are applied one after the other in this order.
 */
export function behaviourStates(
  effects: readonly FaultEffect[],
): ReadonlyMap<Endpoint, readonly BehaviourState[]> {
  const byReplica = new Map<Endpoint, Map<string, BehaviourState>>();
  for (const effect of effects) {
    if (effect.on !== "behaviour") continue;
    const { replica, behaviour, parameters } = effect;
    const states = byReplica.get(replica) ?? new Map<string, BehaviourState>();
    states.set(`${behaviour} ${JSON.stringify(parameters)}`, { behaviour, parameters });
    byReplica.set(replica, states);
  }
  const sorted = (states: ReadonlyMap<string, BehaviourState>) =>
    [...states].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
  return new Map([...byReplica].map(([replica, states]) => [replica, sorted(states)]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function smallest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.min(...numbers);
}
