/** Which NEW-VIEWs a replica keeps, and for how long (protocols §20.6, §20.8). */
import { expect, test } from "vitest";
import * as pbft from "../messages.ts";
import { ClaimsBed, GENESIS, typesOf } from "./claims.fixture.ts";
import * as wire from "./messages.ts";

function viewOf(bed: ClaimsBed) {
  const { view, active } = bed.core.status();
  return { view, active };
}

/** r2 has the NEW-VIEW for view 3, and nothing that it names. */
function withThird(bed: ClaimsBed): { readonly payload: Uint8Array; readonly name: string } {
  const viewChange = bed.viewChange(3, {});
  const payload = bed.newView(3, { 0: viewChange, 1: viewChange, 3: viewChange }, GENESIS);
  bed.hear(3, pbft.NEW_VIEW, payload);
  return { payload, name: bed.nameOfNewView(3, payload) };
}

function isCopied(bed: ClaimsBed, name: string): boolean {
  const { view, active } = viewOf(bed);
  return typesOf(bed.status(0, view, { active, wanted: [name] })).includes(wire.COPY);
}

test("one for a view above outlives the view that is entered meanwhile", () => {
  const bed = new ClaimsBed(2);
  withThird(bed);
  bed.enter(1, {}, GENESIS);
  expect(viewOf(bed)).toEqual({ view: 1, active: true });
  for (const by of [0, 1, 3]) bed.hear(by, pbft.VIEW_CHANGE, bed.viewChange(3, {}));
  expect(viewOf(bed)).toEqual({ view: 3, active: true });
});

test("one for a view below the entered one is forgotten, and that of the view itself is not", () => {
  const bed = new ClaimsBed(2);
  const { name } = withThird(bed);
  expect(isCopied(bed, name)).toBe(true);
  const viewChange = bed.viewChange(5, {});
  const fifth = bed.newView(5, { 0: viewChange, 1: viewChange, 3: viewChange }, GENESIS);
  bed.enter(5, {}, GENESIS);
  expect(viewOf(bed)).toEqual({ view: 5, active: true });
  expect(isCopied(bed, name)).toBe(false);
  expect(isCopied(bed, bed.nameOfNewView(5, fifth))).toBe(true);
});

test("one that was fetched is forgotten in a view above it", () => {
  const bed = new ClaimsBed(2);
  const viewChange = bed.viewChange(3, {});
  const payload = bed.newView(3, { 0: viewChange, 1: viewChange, 3: viewChange }, GENESIS);
  const name = bed.nameOfNewView(3, payload);
  for (const by of [0, 1]) bed.status(by, 3, { active: true, newView: name });
  const said = wire.encodeSaid({ type: pbft.NEW_VIEW, author: 3, payload });
  bed.hear(0, wire.COPY, wire.encodeName(name), said);
  expect(viewOf(bed)).toEqual({ view: 3, active: true });
  expect(isCopied(bed, name)).toBe(true);
  bed.enter(5, {}, GENESIS);
  expect(viewOf(bed)).toEqual({ view: 5, active: true });
  expect(isCopied(bed, name)).toBe(false);
});

test("a VIEW-CHANGE for a view below the one that is entered is forgotten with it", () => {
  const bed = new ClaimsBed(2);
  const below = bed.viewChange(3, {});
  bed.hear(0, pbft.VIEW_CHANGE, below);
  const { name } = bed.reference(0, below);
  expect(isCopied(bed, name)).toBe(true);
  bed.enterAsOthersDid(5);
  expect(viewOf(bed)).toEqual({ view: 5, active: true });
  expect(isCopied(bed, name)).toBe(false);
});

test("protocols §20.9: that of the view outlives the log that is rewritten at a checkpoint", () => {
  const bed = new ClaimsBed(2);
  bed.enter(1, {}, GENESIS);
  for (const sequence of [1, 2, 3, 4]) bed.execute(sequence, 1);
  const taken = bed.audits.find((event) => event.e === "checkpoint");
  if (taken?.e !== "checkpoint") throw new Error("it takes a checkpoint");
  const checkpoint = pbft.encodeCheckpoint({ sequence: taken.n, digest: taken.d });
  for (const by of [0, 1]) bed.hear(by, pbft.CHECKPOINT, checkpoint);
  expect(bed.core.status().stable).toBe(4);
  bed.restart();
  expect(viewOf(bed)).toEqual({ view: 1, active: true });
});
