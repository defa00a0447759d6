/**
 * Is the history of one key linearizable? A Wing-Gong-Lowe search in its just-in-time form: the
 * events are gone through in order, and an operation is linearized only when it returns or when
 * something needs its effect. What is kept between two events is the set of worlds that explain
 * everything so far, each a state and the set of open operations already done (a bit set).
 *
 * Four reductions keep that set small; none changes the answer (a test compares with brute force):
 * 1. an observation that holds is placed at once, for it changes nothing;
 * 2. a write that nobody saw is not placed under its overwrite in advance: when it returns it may be
 *    declared hidden under any overwrite that was placed while it was open;
 * 3. an operation of unknown outcome is placed only where something sees it, and two of them with
 *    the same effect are interchangeable;
 * 4. a world is dropped if another has the same state and at least the same freedom.
 */
import { LostSteps, nextUnused } from "./lost-steps.ts";
import { ELSEWHERE, type State, StateSpace } from "./state-space.ts";
import { hideable, observes, type Step } from "./step.ts";

/** One operation. `invoked` and `returned` are positions in the history; null = outcome unknown. */
export interface Call {
  readonly step: Step;
  readonly invoked: number;
  readonly returned: number | null;
}

export interface SearchLimits {
  /** Worlds kept after each event; fewer is faster, but only Infinity can prove a violation. */
  readonly worldsMax: number;
  /** True when the time is up. */
  readonly expired: () => boolean;
  /** What the key holds at first: nothing, unless it may be anything. */
  readonly start?: "absent" | "anything";
}

export type SearchResult =
  | { readonly outcome: "linearizable" }
  /** No order explains everything up to the return of this call (an index into the calls). */
  | { readonly outcome: "violation"; readonly call: number }
  | { readonly outcome: "unknown" };

interface World {
  readonly state: State;
  /** Open answered operations that are already placed, by slot. */
  readonly done: bigint;
  /** Operations of unknown outcome that took effect. */
  readonly used: bigint;
  /** The event at which the last overwrite was placed; -1 = never. */
  readonly overwrittenAt: number;
}

interface OpenCall {
  readonly index: number;
  readonly step: Step;
  readonly bit: bigint;
  readonly slot: number;
  readonly invoked: number;
}

export function searchKey(calls: readonly Call[], limits: SearchLimits): SearchResult {
  return new Search(calls, limits).run();
}

/** Beyond this the memory goes before the time does. */
const WORLDS_HARD_MAX = 100_000;

class Search {
  readonly #calls: readonly Call[];
  readonly #limits: SearchLimits;
  readonly #space: StateSpace;
  readonly #lost: LostSteps;
  readonly #open: OpenCall[] = [];
  readonly #freeSlots: number[] = [];
  #slotsUsed = 0;
  #worlds: readonly World[];
  #truncated = false;
  #event = 0;

  constructor(calls: readonly Call[], limits: SearchLimits) {
    this.#calls = calls;
    this.#limits = limits;
    this.#space = new StateSpace(calls.map(({ step }) => step));
    this.#lost = new LostSteps(calls, this.#space);
    const states = limits.start === "anything" ? this.#space.states() : [this.#space.initial];
    this.#worlds = states.map((state) => ({ state, done: 0n, used: 0n, overwrittenAt: -1 }));
  }

  run(): SearchResult {
    for (const { call, isReturn, at } of eventsOf(this.#calls)) {
      this.#event = at;
      if (!isReturn) {
        this.#invoke(call);
        continue;
      }
      if (this.#limits.expired()) return { outcome: "unknown" };
      const worlds = this.#return(call);
      if (worlds === null) return { outcome: "unknown" };
      if (worlds.length === 0) {
        return this.#truncated ? { outcome: "unknown" } : { outcome: "violation", call };
      }
      this.#worlds = worlds;
    }
    return { outcome: "linearizable" };
  }

  #invoke(index: number): void {
    const call = this.#calls[index];
    if (call === undefined) return;
    if (call.returned === null) {
      this.#lost.invoke(call.step);
      return;
    }
    const slot = this.#freeSlots.pop() ?? this.#slotsUsed++;
    const open = { index, step: call.step, bit: 1n << BigInt(slot), slot, invoked: call.invoked };
    this.#open.push(open);
    if (observes(call.step)) this.#worlds = this.#worlds.map((world) => this.#observe(world, open));
  }

  /** Reduction 1. */
  #observe(world: World, open: OpenCall): World {
    if (this.#space.apply(world.state, open.step) === null) return world;
    return { ...world, done: world.done | open.bit };
  }

  /** @returns the worlds in which the call is done, without its bit; null if the time ran out */
  #return(index: number): readonly World[] | null {
    const position = this.#open.findIndex((open) => open.index === index);
    const goal = this.#open[position];
    if (goal === undefined) return [];
    const reached: World[] = [];
    for (const world of this.#worlds) {
      if ((world.done & goal.bit) !== 0n) reached.push(world);
      else if (!this.#expand(world, goal, reached)) return null;
    }
    this.#open.splice(position, 1);
    this.#freeSlots.push(goal.slot);
    const mask = ~goal.bit;
    return this.#prune(reached.map((world) => ({ ...world, done: world.done & mask })));
  }

  /** Adds every world reachable from `start` by placing operations until `goal` is placed. */
  #expand(start: World, goal: OpenCall, reached: World[]): boolean {
    if (hideable(goal.step) && goal.invoked < start.overwrittenAt) {
      reached.push({ ...start, done: start.done | goal.bit });
    }
    const seen = new Set<string>();
    const stack: { readonly world: World; readonly unseen: boolean }[] = [
      { world: start, unseen: false },
    ];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (seen.size % 256 === 255 && this.#limits.expired()) return false;
      if (reached.length > WORLDS_HARD_MAX || seen.size > WORLDS_HARD_MAX) return false;
      for (const next of this.#successors(top.world, top.unseen)) {
        const { state, done, used } = next.world;
        const key = `${state},${done},${used},${next.unseen}`;
        if (seen.has(key)) continue;
        seen.add(key);
        if ((done & goal.bit) !== 0n) reached.push(next.world);
        else stack.push(next);
      }
    }
    return true;
  }

  /**
   * `unseen`: the last effect was seen by nothing yet, so overwriting it now would be pointless.
   */
  *#successors(
    world: World,
    unseen: boolean,
  ): Generator<{ readonly world: World; readonly unseen: boolean }> {
    for (const { step, bit } of this.#open) {
      if ((world.done & bit) !== 0n || observes(step)) continue;
      if (unseen && step.kind === "set") continue;
      const state = this.#space.apply(world.state, step);
      if (state === null) continue;
      const placed = this.#place({ ...world, done: world.done | bit }, state, step);
      yield { world: placed.world, unseen: !placed.seen && step.kind !== "swap" };
    }
    for (const { step, firstBit, invoked } of this.#lost.worthPlacing(
      world.state,
      this.#wanted(world),
    )) {
      if (unseen && step.kind === "set") continue;
      const bit = nextUnused(world.used, firstBit, invoked);
      if (bit === null) continue;
      const state = this.#space.apply(world.state, step);
      if (state === null) continue;
      if (state === world.state && !(step.kind === "set" && this.#couldHideMore(world))) continue;
      const placed = this.#place({ ...world, used: world.used | bit }, state, step);
      if (state === ELSEWHERE && !placed.seen && !this.#space.appends) continue;
      yield { world: placed.world, unseen: !placed.seen };
    }
  }

  /** The states that something open is waiting for; null = many. */
  #wanted({ done, state }: World): ReadonlySet<State> | null {
    // Its own state too: an overwrite that changes nothing can still hide something.
    const wanted = new Set<State>([state]);
    for (const { step, bit } of this.#open) {
      if ((done & bit) !== 0n) continue;
      if (step.kind === "miss") return null;
      if (step.kind === "read") wanted.add(this.#space.stateOf(step.value));
      if (step.kind === "swap") wanted.add(this.#space.stateOf(step.from));
    }
    return wanted;
  }

  /** An overwrite that leaves the value as it is still hides open writes placed just before it. */
  #couldHideMore({ done, overwrittenAt }: World): boolean {
    return this.#open.some(
      ({ step, bit, invoked }) => (done & bit) === 0n && hideable(step) && invoked > overwrittenAt,
    );
  }

  #place(
    world: World,
    state: State,
    step: Step,
  ): { readonly world: World; readonly seen: boolean } {
    const overwrittenAt = step.kind === "set" ? this.#event : world.overwrittenAt;
    let done = world.done;
    for (const open of this.#open) {
      if ((done & open.bit) !== 0n || !observes(open.step)) continue;
      if (this.#space.apply(state, open.step) !== null) done |= open.bit;
    }
    return { world: { state, done, used: world.used, overwrittenAt }, seen: done !== world.done };
  }

  /** Reduction 4, and the bound on the number of worlds. */
  #prune(worlds: readonly World[]): readonly World[] {
    if (worlds.length < 2) return worlds;
    // Those that used up fewest unknown outcomes first: they dominate, and they are the likely
    // ones.
    const ordered = worlds
      .map((world) => ({ world, cost: bitsSet(world.used) }))
      .sort((a, b) => a.cost - b.cost)
      .map(({ world }) => world);
    const byState = new Map<State, World[]>();
    for (const world of ordered) {
      const rivals = byState.get(world.state) ?? [];
      if (rivals.some((rival) => this.#dominates(rival, world))) continue;
      const remaining = rivals.filter((rival) => !this.#dominates(world, rival));
      byState.set(world.state, [...remaining, world]);
    }
    const kept = [...byState.values()].flat();
    if (kept.length <= this.#limits.worldsMax) return kept;
    this.#truncated = true;
    return kept.slice(0, this.#limits.worldsMax);
  }

  #dominates(a: World, b: World): boolean {
    if ((a.used & ~b.used) !== 0n) return false;
    if (a.done === b.done && a.overwrittenAt >= b.overwrittenAt) return true;
    for (const { step, bit, invoked } of this.#open) {
      const inA = (a.done & bit) !== 0n;
      const inB = (b.done & bit) !== 0n;
      if (observes(step)) {
        if (inB && !inA) return false;
        continue;
      }
      const free = hideable(step) && invoked < a.overwrittenAt;
      // Not placed, but can be hidden at any time: as good as placed, and better.
      if (inA !== inB && !(inB && free)) return false;
      if (!inB && hideable(step) && invoked < b.overwrittenAt && !free) return false;
    }
    return true;
  }
}

function eventsOf(
  calls: readonly Call[],
): readonly { readonly call: number; readonly isReturn: boolean; readonly at: number }[] {
  const events: { call: number; isReturn: boolean; at: number }[] = [];
  for (const [call, { step, invoked, returned }] of calls.entries()) {
    // An observation that nobody got to see says nothing.
    if (returned === null && observes(step)) continue;
    events.push({ call, isReturn: false, at: invoked });
    if (returned !== null) events.push({ call, isReturn: true, at: returned });
  }
  return events.sort((a, b) => a.at - b.at);
}

function bitsSet(set: bigint): number {
  let count = 0;
  for (let rest = set; rest !== 0n; rest &= rest - 1n) count += 1;
  return count;
}
