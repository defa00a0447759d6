import { expect, test } from "vitest";
import { clusterWith, planWith as examplePlan } from "../plan/plan.fixture.ts";
import type { Plan } from "../plan/plan.ts";
import { commonHead, Hold } from "./convergence.ts";

const CLUSTER = { replicas: 4, tolerates: { byzantine: 1, crashed: 1 } };
const at = (lastExec: number) => ({ view: 2, active: true, lastExec });
const left = { view: 3, active: false, lastExec: 7 };
const seven = { view: 2, lastExec: 7 };

test.each([
  ["all at one number in one view", [at(7), at(7), at(7), at(7)], seven],
  ["one behind", [at(7), at(7), at(7), at(6)], null],
  ["one silent", [at(7), at(7), at(7), null], null],
  ["two that have left the view of the others", [at(7), at(7), left, left], null],
  ["nobody", [], null],
])("%s", (_what, seen, head) => {
  expect(commonHead(seen, { ...CLUSTER, lying: 0 })).toEqual(head);
});

test.each([
  ["three good ones beside a liar", [at(7), at(7), at(7)], seven],
  ["two of three good ones out of the view", [at(7), left, left], null],
])("%s", (_what, seen, head) => {
  expect(commonHead(seen, { ...CLUSTER, lying: 1 })).toEqual(head);
});

const timers = { requestMs: 1_000, statusMs: 100, clientMs: 400, clientCapMs: 2_000 };
const planWith = (given: Partial<Plan>) =>
  examplePlan({ cluster: clusterWith({}, { timers }), ...given });

test("a head counts after two periods, and begins anew when it moves or is lost", () => {
  const hold = new Hold(planWith({}), true);
  const looks = [
    [7, 0, false],
    [7, 199, false],
    [7, 200, true],
    [8, 300, false],
    [8, 499, false],
    [null, 500, false],
    [8, 600, false],
    [8, 799, false],
    [8, 800, true],
  ] as const;
  for (const [lastExec, nowMs, counts] of looks) {
    const head = lastExec === null ? null : { view: 2, lastExec };
    expect(hold.see(head, nowMs)).toBe(counts);
  }
});

test("a plan that asks for rest holds for longer, and its view with it", () => {
  const looks = [
    [2, 0],
    [3, 200],
    [3, 500],
    [3, 700],
  ] as const;
  const see = (rest: Plan["ending"], isLast: boolean) => {
    const hold = new Hold(planWith(rest === undefined ? {} : { ending: rest }), isLast);
    return looks.map(([view, nowMs]) => hold.see({ view, lastExec: 7 }, nowMs));
  };
  expect(see(undefined, true)).toEqual([false, true, true, true]);
  expect(see({ restMs: 500 }, true)).toEqual([false, false, false, true]);
  expect(see({ restMs: 500 }, false)).toEqual([false, true, true, true]);
});

test("a view that held and is left is counted where rest is asked for, one that never held is not", () => {
  const hold = new Hold(planWith({ ending: { restMs: 500 } }), true);
  const looks = [
    [2, 0],
    [2, 200],
    [3, 300],
    [4, 400],
    [4, 600],
    [4, 900],
  ] as const;
  expect(looks.map(([view, nowMs]) => hold.see({ view, lastExec: 7 }, nowMs))).toEqual([
    ...Array.from({ length: 5 }, () => false),
    true,
  ]);
  expect(hold.viewsLeft).toBe(1);
  expect(new Hold(planWith({}), true).viewsLeft).toBeUndefined();
});
