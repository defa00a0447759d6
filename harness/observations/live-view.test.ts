import { expect, test } from "vitest";
import { liveView } from "./live-view.ts";

const FAULTY = { byzantine: 1, crashed: 1 };

const inView = (view: number) => ({ view, active: true });
const leaving = (view: number) => ({ view, active: false });

test.each([
  ["all in one view", [0, 0, 0, 0].map(inView), 0, 0],
  ["f of them a view ahead", [...[2, 2, 2].map(inView), leaving(3)], 0, 2],
  ["f+1 of them a view ahead", [...[2, 2].map(inView), leaving(3), leaving(3)], 0, null],
  ["two views", [0, 0, 1, 1].map(inView), 0, null],
  ["beside a liar", [...[1, 1].map(inView), leaving(2)], 1, 1],
  ["beside a liar, one alone", [inView(1), leaving(2), leaving(2)], 1, null],
  ["one is down", [4, 4, 4].map(inView), 0, 4],
  ["one is down, two leave", [inView(4), leaving(5), leaving(5)], 0, null],
] as const)("%s", (_what, standings, lying, view) => {
  expect(liveView(standings, { replicas: 4, tolerates: FAULTY, lying })).toBe(view);
});

test("where nobody may lie a majority is a quorum", () => {
  const members = { replicas: 5, tolerates: { byzantine: 0, crashed: 2 }, lying: 0 };
  expect(liveView([...[1, 1, 1].map(inView), leaving(2), leaving(2)], members)).toBe(1);
  expect(liveView([...[1, 1].map(inView), leaving(2), leaving(2), leaving(2)], members)).toBeNull();
});
