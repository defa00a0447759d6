/**
 * What is in force at one moment. Effects are added and taken away one window at a time, so that a
 * plan of many windows costs what changes, not what is there.
 */
import { type Endpoint, type FaultEffect, strikesLink } from "../../faults/fault.ts";
import { type DelayedLink, delayBy } from "./link-delay.ts";

interface LinkState {
  /** How many conditions let nothing through. */
  cut: number;
  /** Sum of the others' delays; whole microseconds, so that taking away leaves nothing over. */
  delayUs: number;
}

export class ActiveEffects {
  readonly #load: DelayedLink;
  readonly #keepsUp: (share: number) => boolean;
  /** By how many effects each is stopped, or too slow to count. */
  readonly #away = new Map<Endpoint, number>();
  readonly #links = new Map<string, LinkState>();

  /** @param keepsUp whether a replica with that share of a CPU is timely */
  constructor(load: DelayedLink, keepsUp: (share: number) => boolean) {
    this.#load = load;
    this.#keepsUp = keepsUp;
  }

  add(effects: readonly FaultEffect[]): void {
    this.#count(effects, 1);
  }

  remove(effects: readonly FaultEffect[]): void {
    this.#count(effects, -1);
  }

  isAway(replica: Endpoint): boolean {
    return (this.#away.get(replica) ?? 0) > 0;
  }

  /** Infinity where nothing arrives. */
  delayMs(from: Endpoint, to: Endpoint): number {
    const state = this.#links.get(`${from} ${to}`);
    if (state === undefined) return 0;
    return state.cut > 0 ? Number.POSITIVE_INFINITY : state.delayUs / 1_000;
  }

  #count(effects: readonly FaultEffect[], by: 1 | -1): void {
    for (const effect of effects) {
      if (effect.on === "process" || this.#isTooSlow(effect)) {
        this.#away.set(effect.replica, (this.#away.get(effect.replica) ?? 0) + by);
      }
      if (!strikesLink(effect)) continue;
      const { from, to } = effect;
      const state = this.#links.get(`${from} ${to}`) ?? { cut: 0, delayUs: 0 };
      const delayMs = delayBy(effect, this.#load.bytesOn(from, to));
      if (Number.isFinite(delayMs)) state.delayUs += by * Math.round(delayMs * 1_000);
      else state.cut += by;
      this.#links.set(`${from} ${to}`, state);
    }
  }

  #isTooSlow(effect: FaultEffect): effect is FaultEffect & { readonly on: "cpu" } {
    return effect.on === "cpu" && !this.#keepsUp(effect.condition.share);
  }
}
