import { expect, test } from "vitest";
import { commonHead } from "./convergence.ts";

const CLUSTER = { replicas: 4, tolerates: { byzantine: 1, crashed: 1 } };
const at = (lastExec: number) => ({ view: 2, active: true, lastExec });
const left = { view: 3, active: false, lastExec: 7 };

test.each([
  ["all at one number in one view", [at(7), at(7), at(7), at(7)], 7],
  ["one behind", [at(7), at(7), at(7), at(6)], null],
  ["one silent", [at(7), at(7), at(7), undefined], null],
  ["two that have left the view of the others", [at(7), at(7), left, left], null],
  ["three good ones beside a liar", [at(7), at(7), at(7)], 7],
  ["two of three good ones out of the view", [at(7), left, left], null],
] as const)("%s", (_what, seen, head) => {
  expect(commonHead(seen, CLUSTER)).toBe(head);
});
