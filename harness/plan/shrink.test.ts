import { expect, test } from "vitest";
import { at, fewer, inEach, instead, type Reduction, shrink, smaller, within } from "./shrink.ts";

interface Case {
  readonly list: readonly number[];
  readonly much: number;
  readonly odd: string | null;
}

const part = at<Case>();
const reductions: readonly Reduction<Case>[] = [
  within(part("list"), [fewer(), inEach([smaller(0)])]),
  within(part("much"), [smaller(1)]),
  within(part("odd"), [instead<string | null>(null)]),
];

function shrunk(first: Case, fails: (candidate: Case) => boolean, triesMax = 1_000) {
  return shrink(first, fails, { reductions, triesMax });
}

test("only what the failure needs is left, and the smallest that does", () => {
  const first = { list: [9, 3, 8, 7, 3, 60], much: 100, odd: "yes" };
  const fails = ({ list, much }: Case) => list.some((number) => number >= 7) && much > 9;
  const { smallest, isMinimal } = shrunk(first, fails);
  expect(smallest).toEqual({ list: [7], much: 10, odd: null });
  expect(isMinimal).toBe(true);
  const simpler = reductions.flatMap((reduction) => [...reduction(smallest)]);
  expect(simpler.length).toBeGreaterThan(2);
  expect(simpler.filter(fails)).toEqual([]);
});

test("several that are needed together stay together", () => {
  const first = { list: [1, 2, 3, 4, 5, 6, 7, 8, 9], much: 1, odd: null };
  const fails = ({ list }: Case) => [2, 5, 9].every((number) => list.includes(number));
  expect(shrunk(first, fails).smallest.list).toEqual([2, 5, 9]);
});

test("nothing is tried twice, and what was tried is what was played", () => {
  const played: string[] = [];
  const { tries } = shrunk({ list: [4, 4, 4], much: 8, odd: "x" }, (candidate) => {
    played.push(JSON.stringify(candidate));
    return candidate.list.length > 1;
  });
  expect(new Set(played).size).toBe(played.length);
  expect(tries).toBe(played.length);
});

test("where the tries run out the smallest so far is kept, and said to be not minimal", () => {
  const first = { list: [1, 2, 3, 4], much: 50, odd: "x" };
  const { isMinimal, tries } = shrunk(first, ({ list }) => list.includes(3), 3);
  expect({ isMinimal, tries }).toEqual({ isMinimal: false, tries: 3 });
});

test("a list loses its tail, too, whatever its length", () => {
  const lists = [...fewer<number>(1)([1, 2, 3, 4, 5])];
  for (const left of [[1, 2, 3, 4], [2, 3, 4, 5], [1, 3, 4, 5], [5]]) {
    expect(lists).toContainEqual(left);
  }
  expect(lists).not.toContainEqual([]);
});

test("before each try it is told how many there were", () => {
  const first = { list: [1, 2, 3, 4], much: 5, odd: "x" };
  const told: number[] = [];
  const options = { reductions, triesMax: 100, onTry: (tries: number) => void told.push(tries) };
  const { tries } = shrink(first, ({ list }) => list.includes(3), options);
  expect(told).toEqual(Array.from({ length: tries }, (_, before) => before));
});
