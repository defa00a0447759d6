/** Seeded randomness: the same seed draws the same numbers on every machine and for ever. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
  /** @returns an integer in [min, max] */
  integer(min: number, max: number): number;
  /** @returns a number in [0, 1) */
  fraction(): number;
}

/** @param seed an integer of 32 bits without sign: larger ones would repeat smaller ones */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return {
    integer: (min, max) => uniformInt(generator, min, max),
    fraction: () => uniformFloat64(generator),
  };
}
