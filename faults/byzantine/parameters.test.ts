import { expect, test } from "vitest";
import { createRandom } from "../../harness/plan/random.ts";
import { drawParameters } from "./parameters.ts";
import { behaviourNamed, behaviours } from "./registry.ts";

const random = createRandom(7);
const draws = {
  integer: (min: number, max: number) => random.integer(min, max),
  real: (min: number, max: number) => min + random.fraction() * (max - min),
};

function drawn(name: string, times = 400) {
  const { schema } = behaviourNamed(name);
  return Array.from({ length: times }, () => drawParameters(schema, { draws, replicas: 4 }));
}

test("whatever is drawn for a behaviour is allowed", () => {
  for (const { name, schema } of behaviours) {
    for (const parameters of drawn(name, 40)) {
      expect(schema.safeParse(parameters).success, `${name} ${JSON.stringify(parameters)}`).toBe(
        true,
      );
    }
  }
});

test("a short range is drawn from end to end, each bit of each part of a page", () => {
  const places = drawn("bad-chunk", 4_000);
  expect(Math.min(...places.map(({ percent }) => Number(percent)))).toBe(0);
  expect(Math.max(...places.map(({ percent }) => Number(percent)))).toBe(100);
  expect(new Set(places.map(({ bit }) => bit)).size).toBe(8);
});

test("a wide range is drawn by magnitude: small jumps, and as far as numbers go", () => {
  const jumps = drawn("sequence-jump").map(({ further }) => Number(further));
  expect(jumps.some((by) => by < 10)).toBe(true);
  expect(jumps.some((by) => by > 2 ** 50)).toBe(true);
});

test("what has no default is also left out, and a choice of words is drawn whole", () => {
  const told = drawn("equivocate");
  expect(new Set(told.map(({ victims }) => victims))).toEqual(new Set([undefined, 1, 2, 3, 4]));
  expect(new Set(told.map(({ second }) => second))).toEqual(new Set(["reversed", "null"]));
  expect(new Set(told.map(({ both }) => both))).toEqual(new Set([true, false]));
});
