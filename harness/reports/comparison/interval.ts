/** Where the mean of few values lies: a bootstrap interval. */
import { percentile } from "../../checkers/verdict/percentile.ts";
import { createRandom, type Random } from "../../plan/random.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One value says nothing of how far the next one would be from it. */
const VALUES_MIN = 2;

const RESAMPLES = 2_000;
const TAIL = 0.025;

/**
 * The 95 % bootstrap interval of the mean; null of too few values.
 *
 * The plain percentile interval of a handful of values is far too narrow: it holds the mean of two
 * values every second time, that of five four times in five. Resamples vary less than samples do,
 * by (n - 1) / n, and have a normal distribution's tails where Student's are due (T. Hesterberg,
 * What Teachers Should Know About the Bootstrap, 2015). One factor makes up for both; what the
 * resamples know besides, that the values lie lopsided, stays.
 * @param seed of the resamples: the same values and seed give the same interval
 */
export function meanInterval(values: readonly number[], seed: number): Interval | null {
  const size = values.length;
  if (size < VALUES_MIN) return null;
  const random = createRandom(seed);
  const means = Array.from({ length: RESAMPLES }, () => resampledMean(values, random));
  means.sort((a, b) => a - b);
  const mean = meanOf(values);
  const factor = (Math.sqrt(size / (size - 1)) * studentQuantile(size - 1)) / NORMAL;
  const at = (fraction: number): number => (percentile(means, fraction) ?? mean) - mean;
  return { low: mean + factor * at(TAIL), high: mean + factor * at(1 - TAIL) };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function resampledMean(values: readonly number[], random: Random): number {
  return meanOf(values.map(() => values[random.integer(0, values.length - 1)] ?? 0));
}

/** 97.5 % of a normal distribution lie below it. */
const NORMAL = 1.96;

/** Of Student's distributions, from one degree of freedom on. */
const STUDENT: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
];

/** Beyond the table the first term of its expansion is right to three digits. */
function studentQuantile(freedom: number): number {
  return STUDENT[freedom - 1] ?? NORMAL + (NORMAL ** 3 + NORMAL) / (4 * freedom);
}
