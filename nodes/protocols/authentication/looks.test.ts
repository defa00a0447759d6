import { expect, test } from "vitest";
import { Looks } from "./looks.ts";

const ONE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const OTHER = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
const ANY_NUMBER = Number.POSITIVE_INFINITY;

test("what was found in the same input is repeated, what was found in another is not", () => {
  const looks = new Looks(16);
  looks.begin();
  looks.found(ONE, 0, ANY_NUMBER);
  looks.found(OTHER, 0, ANY_NUMBER);
  looks.begin();
  looks.found(ONE, 0, ANY_NUMBER);
  expect(looks.repeats).toBe(0);
  looks.found(ONE, 0, ANY_NUMBER);
  expect(looks.repeats).toBe(1);
});

test("more looks than have a use are surplus, whatever comes in between", () => {
  const looks = new Looks(16);
  for (let time = 0; time < 4; time += 1) {
    looks.begin();
    looks.found(ONE, 0, 2);
    looks.found(OTHER, 0, ANY_NUMBER);
  }
  expect(looks.surplus).toBe(2);
});

test("of two that share a place the later one is remembered: nothing is held against anybody", () => {
  const looks = new Looks(1);
  looks.begin();
  for (let time = 0; time < 4; time += 1) {
    looks.found(ONE, 0, 1);
    looks.found(OTHER, 0, 1);
  }
  expect([looks.repeats, looks.surplus]).toEqual([0, 0]);
  looks.found(OTHER, 0, 1);
  expect([looks.repeats, looks.surplus]).toEqual([1, 1]);
});
