import { describe, expect, test } from "vitest";
import { createRandom, type Random } from "../../plan/random.ts";
import { type Interval, meanInterval } from "./interval.ts";

const holds = (interval: Interval | null, value: number): boolean =>
  interval !== null && interval.low <= value && value <= interval.high;

/** Mean 0, deviation 1. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.fraction()));
  return radius * Math.cos(2 * Math.PI * random.fraction());
}

/** How often the interval holds the true mean, of so many samples. */
function coverage(size: number, draw: (random: Random) => number, samples = 300): number {
  const random = createRandom(20_261_129);
  let held = 0;
  for (let sample = 0; sample < samples; sample++) {
    const values = Array.from({ length: size }, () => draw(random));
    if (holds(meanInterval(values, sample), 0)) held += 1;
  }
  return held / samples;
}

describe("the interval of a mean", () => {
  test("of ten measured values is that of Student's t, within what resampling adds", () => {
    const values = [10.2, 9.8, 10.5, 10.1, 9.6, 10.9, 10.3, 9.9, 10.4, 10.0];
    const { low = 0, high = 0 } = meanInterval(values, 1) ?? {};
    // Mean 10.17, deviation 0.383, t(9) = 2.262: 10.17 ± 0.274.
    expect(low).toBeCloseTo(9.896, 1);
    expect(high).toBeCloseTo(10.444, 1);
    expect(high - low).toBeGreaterThan(0.48);
    expect(high - low).toBeLessThan(0.62);
  });

  test.each([2, 3, 5, 20])("holds the true mean of %i normal values 19 times in 20", (size) => {
    const share = coverage(size, normal);
    // Three deviations of 300 samples are 3.8 %, and it may be a little too narrow or too wide.
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.985);
  });

  test("holds the mean of lopsided values nearly as often", () => {
    const lopsided = (random: Random) => -Math.log(1 - random.fraction()) - 1;
    expect(coverage(8, lopsided)).toBeGreaterThan(0.85);
  });

  test("follows the values to where they lie lopsided", () => {
    const { low = 0, high = 0 } = meanInterval([0, 0, 0, 0, 0, 0, 0, 8], 1) ?? {};
    expect(high - 1).toBeGreaterThan(1.5 * (1 - low));
  });

  test("of equal values is that value, and of a single one there is none", () => {
    expect(meanInterval([3, 3, 3, 3], 1)).toEqual({ low: 3, high: 3 });
    expect(meanInterval([3], 1)).toBeNull();
    expect(meanInterval([], 1)).toBeNull();
  });

  test("is the same for the same seed, and nearly the same for another one", () => {
    const values = [1.37, 2.11, 4.93, 8.29, 16.71, 3.33, 7.07, 5.81, 9.67, 2.93];
    const [one, again, other] = [1, 1, 2].map((seed) => meanInterval(values, seed));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(Math.abs((other?.high ?? 0) - (one?.high ?? 0))).toBeLessThan(1);
  });
});
