import { createRandom, type Random as Draws } from "../../plan/random.ts";
import { scramble } from "./fast-hash.ts";

/**
 * Seeded randomness with the shapes that schedules and the network need. Different `stream`s of one
 * seed are independent, so that drawing one network delay more does not change the workload.
 */
export class Random {
  readonly #draws: Draws;

  constructor(seed: number, stream = 0) {
    this.#draws = createRandom(scramble(scramble(seed | 0) + Math.imul(stream, 0x9e37_79b1)) >>> 0);
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return this.#draws.integer(min, max);
  }

  /** In [min, max). */
  real(min: number, max: number): number {
    return min + this.#draws.fraction() * (max - min);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.#draws.fraction() < probability;
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
