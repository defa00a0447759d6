import { expect, test } from "vitest";
import { HeldViewChanges, type ViewChangeClaims } from "./view-change.ts";

function said(replica: number, view: number, digest: string): ViewChangeClaims {
  return { replica, view, digest } as ViewChangeClaims;
}

test("protocols §20.8: copies that no NEW-VIEW names any more are forgotten, of the awaited view too", () => {
  const held = new HeldViewChanges();
  held.add(said(1, 3, "its own"), { isCertain: true });
  for (const name of ["made up", "made up too", "named"]) {
    held.add(said(2, 3, name), { isCertain: false });
  }
  held.keep(3, new Set(["named"]));
  expect(
    ["its own", "made up", "made up too", "named"].map((name) => held.named(name)?.replica),
  ).toEqual([1, undefined, undefined, 2]);
});

test("protocols §20.8: of what is certain the awaited view and the highest of each author stay", () => {
  const held = new HeldViewChanges();
  for (const view of [2, 3, 4, 9]) held.add(said(1, view, `of ${view}`), { isCertain: true });
  held.keep(3, new Set());
  expect(held.atLeast(0).map(({ view }) => view)).toEqual([3, 9]);
});
