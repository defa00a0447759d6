import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** SplitMix32: spreads neighbouring seeds over the whole state of the generator. */
function spread(state: number): number {
  let z = (state + 0x9e37_79b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
  return z ^ (z >>> 16);
}

/**
 * Seeded randomness. Different `stream`s of one seed are independent, so that drawing more network
 * delays does not change the workload.
 */
export class Random {
  readonly #generator: RandomGenerator;

  constructor(seed: number, stream = 0) {
    const state: number[] = [];
    let word = spread(seed | 0) ^ spread(Math.floor(seed / 2 ** 32)) ^ spread(~stream);
    for (let index = 0; index < 4; index += 1) {
      word = spread(word);
      state.push(word);
    }
    this.#generator = xoroshiro128plusFromState(state);
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return uniformInt(this.#generator, min, max);
  }

  /** In [min, max). */
  real(min: number, max: number): number {
    return min + ((this.#generator.next() >>> 0) / 2 ** 32) * (max - min);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.real(0, 1) < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** `count` different items, in drawn order. */
  some<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    const drawn: T[] = [];
    while (drawn.length < count && rest.length > 0) {
      drawn.push(...rest.splice(this.integer(0, rest.length - 1), 1));
    }
    return drawn;
  }
}
