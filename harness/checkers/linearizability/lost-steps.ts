import type { Call } from "./search.ts";
import type { State, StateSpace } from "./state-space.ts";
import { observes, type Step } from "./step.ts";

/** Operations of unknown outcome with one and the same effect: their bits are adjacent. */
interface Lost {
  readonly step: Step;
  readonly firstBit: number;
  /** How many of them have been invoked so far. */
  invoked: number;
}

/** The operations of unknown outcome of one key, found by what they could be good for. */
export class LostSteps {
  readonly #byEffect = new Map<string, Lost>();
  readonly #setsByState = new Map<State, Lost>();
  readonly #swapsByState = new Map<State, Lost[]>();
  readonly #swapsFrom: ReadonlySet<State>;
  readonly #appends: Lost[] = [];
  readonly #space: StateSpace;

  constructor(calls: readonly Call[], space: StateSpace) {
    this.#space = space;
    const counts = new Map<string, { readonly step: Step; count: number }>();
    for (const { step, returned } of calls) {
      if (returned !== null || observes(step)) continue;
      const entry = counts.get(space.effectOf(step));
      if (entry === undefined) counts.set(space.effectOf(step), { step, count: 1 });
      else entry.count += 1;
    }
    let firstBit = 0;
    for (const [effect, { step, count }] of counts) {
      const lost = { step, firstBit, invoked: 0 };
      firstBit += count;
      this.#byEffect.set(effect, lost);
      if (step.kind === "append") this.#appends.push(lost);
      if (step.kind === "set") this.#setsByState.set(space.stateOf(step.value), lost);
      if (step.kind === "swap") {
        const from = space.stateOf(step.from);
        this.#swapsByState.set(from, [...(this.#swapsByState.get(from) ?? []), lost]);
      }
    }
    this.#swapsFrom = new Set(this.#swapsByState.keys());
  }

  invoke(step: Step): void {
    const lost = this.#byEffect.get(this.#space.effectOf(step));
    if (lost !== undefined) lost.invoked += 1;
  }

  /**
   * Those that something could see in the end: an overwrite only if its value is wanted, by what is
   * open or by a lost swap. `wanted` null, or appends about, make every one worth a try.
   */
  *worthPlacing(state: State, wanted: ReadonlySet<State> | null): Generator<Readonly<Lost>> {
    if (this.#byEffect.size === 0) return;
    yield* this.#swapsByState.get(state) ?? [];
    for (const lost of this.#appends) yield lost;
    if (wanted === null || this.#space.appends) {
      yield* this.#setsByState.values();
      return;
    }
    for (const target of new Set([...wanted, ...this.#swapsFrom])) {
      const lost = this.#setsByState.get(target);
      if (lost !== undefined) yield lost;
    }
  }
}

/** The interchangeable ones are used from the first bit up, so equal numbers give equal sets. */
export function nextUnused(used: bigint, firstBit: number, invoked: number): bigint | null {
  for (let index = 0; index < invoked; index += 1) {
    const bit = 1n << BigInt(firstBit + index);
    if ((used & bit) === 0n) return bit;
  }
  return null;
}
