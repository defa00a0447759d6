import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

const [PEER, OTHER] = [1, 2];

/** In which of the first periods the peer is granted anything, after one charge in period 0. */
function grantedAfter(cost: number): readonly number[] {
  const limit = new RateLimit({ perPeriod: 10, periodMs: 100 });
  limit.charge(PEER, 0, cost);
  const periods = Array.from({ length: 6 }, (_, period) => period);
  return periods.filter((period) => !limit.isExhausted(PEER, period * 100));
}

test("what is charged beyond a share is owed to the periods that follow (protocols §12.4)", () => {
  expect(grantedAfter(9)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(grantedAfter(10)).toEqual([1, 2, 3, 4, 5]);
  expect(grantedAfter(19)).toEqual([1, 2, 3, 4, 5]);
  expect(grantedAfter(20)).toEqual([2, 3, 4, 5]);
  expect(grantedAfter(45)).toEqual([4, 5]);
});

test("one costly message a period buys no more than many cheap ones", () => {
  const limit = new RateLimit({ perPeriod: 10, periodMs: 100 });
  let bought = 0;
  for (let at = 0; at < 10_000; at += 100) if (limit.take(PEER, at, 40)) bought += 40;
  expect(bought).toBe(1_000);
});

test("periods in which nothing was asked for work off as much, and what is left of one is lost", () => {
  const limit = new RateLimit({ perPeriod: 10, periodMs: 100 });
  limit.charge(PEER, 0, 45);
  expect(limit.isExhausted(PEER, 399)).toBe(true);
  expect(limit.isExhausted(PEER, 400)).toBe(false);
  for (let taken = 0; taken < 5; taken += 1) expect(limit.take(PEER, 450)).toBe(true);
  expect(limit.take(PEER, 450)).toBe(false);
  for (let taken = 0; taken < 10; taken += 1) expect(limit.take(PEER, 900)).toBe(true);
  expect(limit.take(PEER, 900)).toBe(false);
});

test("what one peer owes costs no other anything", () => {
  const limit = new RateLimit({ perPeriod: 10, periodMs: 100 });
  limit.charge(PEER, 0, 1_000);
  expect(limit.take(OTHER, 0)).toBe(true);
});
