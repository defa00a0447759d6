/**
 * Desired state, computed from every active effect at once (faults §2.1). A driver applies the
 * difference to what it last applied, so faults compose in any order and healing one is computing
 * again without it.
 *
 * On one directed link the strongest cut hides everything else (`CUTS`); without one what shapes it
 * combines (`SHAPINGS`): delays and jitters add, the smallest bandwidth, slice and cut-off win.
 */
import type { Endpoint, FaultEffect } from "./fault.ts";
import type { CutKind, LinkCondition, Shaping, ShapingKind } from "./link-condition.ts";
import { CUT_KINDS, CUTS, isCut, SHAPINGS } from "./link-condition.ts";
import { PRISTINE_WIRE, type WireState, withCondition } from "./wire-condition.ts";

/** Of each kind of shaping what all faults together ask for; null = nothing. */
export type LinkShaping = { readonly [Kind in ShapingKind]: Shaping<Kind> | null };

export type OpenLink = { readonly kind: "open" } & LinkShaping;

export type LinkState = { readonly kind: CutKind } | OpenLink;

export type ProcessState = "running" | "paused" | "down" | "power-cut";

export interface BehaviourState {
  readonly behaviour: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** By how much a link is late for all that passes. */
export function latencyOf(state: LinkState): number {
  return state.kind === "open" ? (state.delay?.latencyMs ?? 0) : 0;
}

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
  const cut = CUT_KINDS.find((kind) => conditions.some((condition) => condition.kind === kind));
  return cut === undefined ? openLink(conditions) : { kind: cut };
}

function openLink(conditions: readonly LinkCondition[]): OpenLink {
  return {
    kind: "open",
    delay: together(
      "delay",
      conditions.filter((one) => one.kind === "delay"),
    ),
    bandwidth: together(
      "bandwidth",
      conditions.filter((one) => one.kind === "bandwidth"),
    ),
    trickle: together(
      "trickle",
      conditions.filter((one) => one.kind === "trickle"),
    ),
    cutoff: together(
      "cutoff",
      conditions.filter((one) => one.kind === "cutoff"),
    ),
  };
}

function together<Kind extends ShapingKind>(
  kind: Kind,
  all: readonly Shaping<Kind>[],
): Shaping<Kind> | null {
  return all.length === 0 ? null : SHAPINGS[kind].combine(all);
}

/** What no fault touches looks like this. */
export const PRISTINE_LINK: OpenLink = openLink([]);

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
    const takesBoth = isCut(condition) && CUTS[condition.kind].takes === "the connection";
    if (shared && takesBoth) add(to, from, condition);
  }
  return new Map([...conditions].map(([name, list]) => [name, linkState(list)]));
}

/** The state of every wire that some effect names, by the name of its link; others are pristine. */
export function wireStates(effects: readonly FaultEffect[]): ReadonlyMap<string, WireState> {
  const states = new Map<string, WireState>();
  for (const effect of effects) {
    if (effect.on !== "wire") continue;
    const name = linkName(effect.from, effect.to);
    states.set(name, withCondition(states.get(name) ?? PRISTINE_WIRE, effect.condition));
  }
  return states;
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

/** What is left of a CPU that nothing throttles. */
export const WHOLE_CPU = 1;

/** The share of one CPU that is left to every replica that some effect names: the smallest wins. */
export function cpuShares(effects: readonly FaultEffect[]): ReadonlyMap<Endpoint, number> {
  const shares = new Map<Endpoint, number>();
  for (const effect of effects) {
    if (effect.on !== "cpu") continue;
    const { replica, condition } = effect;
    shares.set(replica, Math.min(condition.share, shares.get(replica) ?? WHOLE_CPU));
  }
  return shares;
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
