/**
 * Is the history of one key linearizable? A Wing-Gong-Lowe search in its just-in-time form: the
 * returns are gone through in order, and an operation is linearized only when it returns or when
 * something needs its effect. A world is one explanation of everything so far: a state, and the
 * set of open operations already placed (a bit set). All worlds are carried along at once while
 * they are few; where they are not, one path is followed greedily, with backtracking and a memory
 * of where it has been; only if that does not come to an end soon are all of them carried,
 * however many.
 *
 * Four reductions keep the worlds few; none changes the answer (a test compares with brute force):
 * 1. an observation that holds is placed at once, for it changes nothing;
 * 2. a write that nobody saw is not placed under its overwrite in advance: when it returns it may
 *    be declared hidden under any overwrite that was placed while it was open;
 * 3. an operation of unknown outcome is placed only where something sees it, and two of them with
 *    the same effect are interchangeable;
 * 4. a world is dropped if another has the same state and can do whatever it can (`dominance.ts`).
 */

import type { Step } from "../../../../nodes/protocols/contract/model.ts";
import type { Call } from "./call.ts";
import { dominates } from "./dominance.ts";
import { LostSteps } from "./lost-steps.ts";
import { type Moment, momentsOf, type OpenCall } from "./moments.ts";
import { ELSEWHERE, type State, StateSpace } from "./state-space.ts";
import { hideable, observes } from "./step.ts";
import type { World } from "./world.ts";

export interface SearchLimits {
  /** True when the time is up. */
  readonly expired: () => boolean;
  /** What the key holds at first: nothing, unless it may be anything. */
  readonly start?: "absent" | "anything";
  /**
   * `narrow` carries all worlds along while they are few, `greedy` follows one path, `exhaustive`
   * (the default) takes as many worlds as it needs. What gives up answers `unknown`.
   */
  readonly effort?: Effort;
}

/** From cheap to dear. */
export const EFFORTS = ["narrow", "greedy", "exhaustive"] as const;
export type Effort = (typeof EFFORTS)[number];

export type SearchResult =
  | { readonly outcome: "linearizable" }
  /** No order explains everything up to the return of this call (an index into the calls). */
  | { readonly outcome: "violation"; readonly call: number }
  | { readonly outcome: "unknown" };

export function searchKey(calls: readonly Call[], limits: SearchLimits): SearchResult {
  const search = new Search(calls, limits);
  if (limits.effort === "greedy") return search.follow();
  return search.carryAll(limits.effort === "narrow" ? WORLDS_NARROW : WORLDS_MAX);
}

/** Most histories never need more. */
const WORLDS_NARROW = 100;
/** Beyond this the memory goes before the time does. */
const WORLDS_MAX = 50_000;
/** A greedy path that turns back more often than this per call is on the wrong track. */
const STEPS_PER_CALL = 20;
const STEPS_MIN = 20_000;

class Search {
  readonly #limits: SearchLimits;
  readonly #space: StateSpace;
  readonly #lost: LostSteps;
  readonly #moments: readonly Moment[];
  readonly #start: readonly World[];

  constructor(calls: readonly Call[], limits: SearchLimits) {
    this.#limits = limits;
    this.#space = new StateSpace(calls.map(({ step }) => step));
    this.#lost = new LostSteps(calls, this.#space);
    this.#moments = momentsOf(calls);
    const states = limits.start === "anything" ? this.#space.states() : [this.#space.initial];
    this.#start = states.map((state) => ({ state, done: 0n, used: 0n, overwrittenAt: -1 }));
  }

  /** Depth first; to have been everywhere without success is a proof as well. */
  follow(): SearchResult {
    const seen = new Set<string>();
    const path: World[][] = [[...this.#start]];
    let furthest = 0;
    let steps = STEPS_MIN + STEPS_PER_CALL * this.#moments.length;
    for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
      const index = path.length - 1;
      const moment = this.#moments[index];
      if (moment === undefined) return { outcome: "linearizable" };
      furthest = Math.max(furthest, index);
      const world = here.pop();
      if (world === undefined) {
        path.pop();
        continue;
      }
      const name = `${index},${world.state},${world.done},${world.used},${world.overwrittenAt}`;
      if (seen.has(name)) continue;
      seen.add(name);
      steps -= 1;
      if (steps < 0 || this.#limits.expired()) return { outcome: "unknown" };
      const next = this.#advance([world], moment);
      if (next === null) return { outcome: "unknown" };
      // The cheapest last: it is taken next.
      if (next.length > 0) path.push(byCost(next).toReversed());
    }
    return { outcome: "violation", call: this.#moments[furthest]?.goal.index ?? 0 };
  }

  carryAll(worldsMax: number): SearchResult {
    let worlds = this.#start;
    for (const moment of this.#moments) {
      if (this.#limits.expired()) return { outcome: "unknown" };
      const next = this.#advance(worlds, moment);
      if (next === null) return { outcome: "unknown" };
      if (next.length === 0) return { outcome: "violation", call: moment.goal.index };
      worlds = this.#prune(next, moment);
      if (worlds.length > worldsMax) return { outcome: "unknown" };
    }
    return { outcome: "linearizable" };
  }

  /** The worlds after a return, in all of which it is placed; null if the time ran out. */
  #advance(worlds: readonly World[], moment: Moment): World[] | null {
    const { goal, invoked } = moment;
    const reached: World[] = [];
    for (const before of worlds) {
      const world = invoked.length === 0 ? before : this.#observe(before, invoked);
      if ((world.done & goal.bit) !== 0n) reached.push(world);
      else if (!this.#expand(world, moment, reached)) return null;
    }
    const mask = ~goal.bit;
    return reached.map((world) => ({ ...world, done: world.done & mask }));
  }

  /** Reduction 1, for observations that were invoked since the last return. */
  #observe(world: World, invoked: readonly OpenCall[]): World {
    let { done } = world;
    for (const { step, bit } of invoked) {
      if (observes(step) && this.#space.apply(world.state, step) !== null) done |= bit;
    }
    return done === world.done ? world : { ...world, done };
  }

  /** Adds every world reachable from `start` by placing operations until the goal is placed. */
  #expand(start: World, moment: Moment, reached: World[]): boolean {
    const { goal } = moment;
    if (hideable(goal.step) && goal.invoked < start.overwrittenAt) {
      reached.push({ ...start, done: start.done | goal.bit });
    }
    const seen = new Set<string>();
    const stack: Placement[] = [{ world: start, unseen: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (seen.size % 256 === 255 && this.#limits.expired()) return false;
      if (reached.length > WORLDS_MAX * 4 || seen.size > WORLDS_MAX * 4) return false;
      for (const next of this.#successors(top, moment)) {
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

  *#successors({ world, unseen }: Placement, moment: Moment): Generator<Placement> {
    for (const { step, bit } of moment.open) {
      if ((world.done & bit) !== 0n || observes(step)) continue;
      if (unseen && step.kind === "set") continue;
      const state = this.#space.apply(world.state, step);
      if (state === null) continue;
      const placed = this.#place({ ...world, done: world.done | bit, state }, step, moment);
      yield { world: placed.world, unseen: placed.unseen && step.kind !== "swap" };
    }
    if (this.#lost.size === 0) return;
    const wanted = this.#wanted(world, moment);
    for (const lost of this.#lost.worthPlacing(world.state, wanted)) {
      const { step } = lost;
      if (unseen && step.kind === "set") continue;
      const bit = lost.nextUnused(world.used, moment.at);
      if (bit === null) continue;
      const state = this.#space.apply(world.state, step);
      if (state === null) continue;
      const changes = state !== world.state;
      if (!changes && !(step.kind === "set" && couldHideMore(world, moment))) continue;
      const placed = this.#place({ ...world, used: world.used | bit, state }, step, moment);
      if (state === ELSEWHERE && placed.unseen && !this.#space.appends) continue;
      yield placed;
    }
  }

  /** The states that something open is waiting for; null = many. */
  #wanted({ done, state }: World, { open }: Moment): ReadonlySet<State> | null {
    // Its own state too: an overwrite that changes nothing can still hide something.
    const wanted = new Set<State>([state]);
    for (const { step, bit } of open) {
      if ((done & bit) !== 0n) continue;
      if (step.kind === "miss") return null;
      if (step.kind === "read") wanted.add(this.#space.stateOf(step.value));
      if (step.kind === "swap") wanted.add(this.#space.stateOf(step.from));
    }
    return wanted;
  }

  /** `world` already has the step's state; what it lets others see is placed with it. */
  #place(world: World, step: Step, { at, open }: Moment): Placement {
    const overwrittenAt = step.kind === "set" ? at : world.overwrittenAt;
    let { done } = world;
    for (const other of open) {
      if ((done & other.bit) !== 0n || !observes(other.step)) continue;
      if (this.#space.apply(world.state, other.step) !== null) done |= other.bit;
    }
    return { world: { ...world, done, overwrittenAt }, unseen: done === world.done };
  }

  /** Reduction 4. */
  #prune(worlds: readonly World[], moment: Moment): readonly World[] {
    if (worlds.length < 2) return worlds;
    const byState = new Map<State, World[]>();
    const better = (a: World, b: World): boolean => dominates(a, b, { moment, lost: this.#lost });
    for (const world of byCost(worlds)) {
      const rivals = byState.get(world.state) ?? [];
      if (rivals.some((rival) => better(rival, world))) continue;
      byState.set(world.state, [...rivals.filter((rival) => !better(world, rival)), world]);
    }
    return [...byState.values()].flat();
  }
}

/** `unseen`: the last effect was seen by nothing yet, so overwriting it now would be pointless. */
interface Placement {
  readonly world: World;
  readonly unseen: boolean;
}

/** An overwrite that leaves the value as it is still hides open writes placed just before it. */
function couldHideMore({ done, overwrittenAt }: World, { open }: Moment): boolean {
  return open.some(
    ({ step, bit, invoked }) => (done & bit) === 0n && hideable(step) && invoked > overwrittenAt,
  );
}

/** Those that used up fewest unknown outcomes first: they are the likely ones, and can do most. */
function byCost(worlds: readonly World[]): readonly World[] {
  return worlds
    .map((world) => ({ world, cost: bitsSet(world.used) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ world }) => world);
}

function bitsSet(set: bigint): number {
  let count = 0;
  for (let rest = set; rest !== 0n; rest &= rest - 1n) count += 1;
  return count;
}
