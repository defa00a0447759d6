import { expect, test } from "vitest";
import { pbftSig } from "../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { unreplicated } from "../../nodes/protocols/unreplicated/unreplicated.ts";
import { leaderOf, newestView, prevailingView } from "./leader.ts";

const at = (view: number) => ({ view, active: true });
const leaving = (view: number) => ({ view, active: false });

test.each([
  ["all are in it", [at(4), at(4), at(4), at(4)], { view: 4, replicas: 4 }],
  [
    "most of the active ones are in it",
    [at(4), at(4), at(5), leaving(9)],
    { view: 4, replicas: 2 },
  ],
  ["it is the higher one of two", [at(4), at(5)], { view: 5, replicas: 1 }],
  ["nobody is active and it is the newest", [leaving(4), leaving(6)], { view: 6, replicas: 0 }],
  ["nobody answers and it is the first", [], { view: 0, replicas: 0 }],
])("a view prevails where %s", (_what, standings, expected) => {
  expect(prevailingView(standings)).toEqual(expected);
});

test("the newest view may be one that nobody is in yet", () => {
  expect(newestView([at(4), leaving(5)])).toBe(5);
});

test("the protocol says who leads; where nobody does, nobody is the primary", () => {
  const inTurn = [0, 3, 6].map((view) => leaderOf(view, { protocol: pbftSig, replicas: 4 }));
  expect(inTurn).toEqual(["r0", "r3", "r2"]);
  expect(leaderOf(0, { protocol: unreplicated, replicas: 1 })).toBe("r0");
  const leaderless = { ...pbftSig, leaderOf: () => null };
  expect(leaderOf(0, { protocol: leaderless, replicas: 4 })).toBeNull();
});
