/**
 * What a liar without a script decides by: a row of numbers that its seed, a parameter of the plan,
 * fixes for ever. The same replica in the same run tells the same lies.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Draws {
  /** Both ends included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  /** @param items at least one */
  pick<Item>(items: readonly Item[]): Item;
  /** At least one of them, in their order. */
  some<Item>(items: readonly Item[]): readonly Item[];
}

/** @param seed any integer; its low 32 bits count */
export function drawsOf(seed: number): Draws {
  const generator = xoroshiro128plus(seed | 0);
  const integer = (min: number, max: number) => uniformInt(generator, min, max);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  };
  return {
    integer,
    pick,
    chance: (probability) => uniformFloat64(generator) < probability,
    some(items) {
      const kept = items.filter(() => integer(0, 1) === 1);
      return kept.length > 0 || items.length === 0 ? kept : [pick(items)];
    },
  };
}
