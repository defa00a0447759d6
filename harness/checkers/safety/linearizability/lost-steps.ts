import type { Step } from "../../../../nodes/protocols/contract/model.ts";
import type { Call } from "./call.ts";
import type { State, StateSpace } from "./state-space.ts";
import { observes } from "./step.ts";

/** Operations of unknown outcome with one and the same effect: their bits are adjacent. */
export class Lost {
  readonly step: Step;
  readonly #firstBit: number;
  /** When each was invoked, ascending. */
  readonly #invoked: readonly number[];

  constructor(step: Step, firstBit: number, invoked: readonly number[]) {
    this.step = step;
    this.#firstBit = firstBit;
    this.#invoked = invoked;
  }

  /** They are used from the first bit up, so that equal numbers give equal sets. */
  nextUnused(used: bigint, at: number): bigint | null {
    for (const [index, invoked] of this.#invoked.entries()) {
      if (invoked > at) return null;
      const bit = 1n << BigInt(this.#firstBit + index);
      if ((used & bit) === 0n) return bit;
    }
    return null;
  }
}

/** The operations of unknown outcome of one key, found by what they could be good for. */
export class LostSteps {
  /** By bit number. */
  readonly #steps: Step[] = [];
  readonly #sets = new Map<State, Lost>();
  readonly #swaps = new Map<State, Lost[]>();
  readonly #appends: Lost[] = [];
  readonly #space: StateSpace;

  constructor(calls: readonly Call[], space: StateSpace) {
    this.#space = space;
    const groups = new Map<string, { readonly step: Step; readonly invoked: number[] }>();
    for (const { step, invoked, returned } of calls) {
      // An observation that nobody got to see says nothing.
      if (returned !== null || observes(step)) continue;
      const effect = space.effectOf(step);
      const group = groups.get(effect) ?? { step, invoked: [] };
      group.invoked.push(invoked);
      groups.set(effect, group);
    }
    for (const { step, invoked } of groups.values()) {
      const lost = new Lost(
        step,
        this.#steps.length,
        invoked.sort((a, b) => a - b),
      );
      for (const _ of invoked) this.#steps.push(step);
      if (step.kind === "append") this.#appends.push(lost);
      if (step.kind === "set") this.#sets.set(space.stateOf(step.value), lost);
      if (step.kind === "swap") {
        const from = space.stateOf(step.from);
        this.#swaps.set(from, [...(this.#swaps.get(from) ?? []), lost]);
      }
    }
  }

  get size(): number {
    return this.#steps.length;
  }

  /** How often each effect is in a set of used bits. */
  effectsIn(used: bigint): readonly string[] {
    const effects: string[] = [];
    for (let rest = used, bit = 0; rest !== 0n; rest >>= 1n, bit += 1) {
      const step = this.#steps[bit];
      if ((rest & 1n) !== 0n && step !== undefined) effects.push(this.#space.effectOf(step));
    }
    return effects;
  }

  effectOf(step: Step): string {
    return this.#space.effectOf(step);
  }

  /** The effect of an overwrite that can do whatever this can; null if there is none. */
  overwriteLike(effect: string): string | null {
    const [kind, , to] = effect.split(" ");
    return kind === "swap" ? `set ${to}` : null;
  }

  /**
   * Those that something could see in the end: an overwrite only if its value is wanted, by what
   * is open or by a lost swap. `wanted` null, or appends about, make every one worth a try.
   */
  *worthPlacing(state: State, wanted: ReadonlySet<State> | null): Generator<Lost> {
    for (const lost of this.#swaps.get(state) ?? []) yield lost;
    for (const lost of this.#appends) yield lost;
    if (wanted === null || this.#space.appends) {
      for (const lost of this.#sets.values()) yield lost;
      return;
    }
    for (const target of new Set([...wanted, ...this.#swaps.keys()])) {
      const lost = this.#sets.get(target);
      if (lost !== undefined) yield lost;
    }
  }
}
