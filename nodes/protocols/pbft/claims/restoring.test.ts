/** What a replica reads back from its log, and what of that still counts (protocols §13.3, §20.9). */
import { expect, test } from "vitest";
import * as pbft from "../messages.ts";
import { ClaimsBed, FOUR, GENESIS, STATE, typesOf } from "./claims.fixture.ts";
import * as wire from "./messages.ts";
import { preparedRecord, stableRecord } from "./records.ts";

/** Numbers 1 to 4 executed in the view, and their checkpoint stable: the log is written anew. */
function compact(bed: ClaimsBed, view: number): void {
  for (const sequence of [1, 2, 3, 4]) bed.execute(sequence, view);
  const taken = bed.audits.find((event) => event.e === "checkpoint");
  if (taken?.e !== "checkpoint") throw new Error("it takes a checkpoint");
  const checkpoint = pbft.encodeCheckpoint({ sequence: taken.n, digest: taken.d });
  for (const by of [0, 1, 3]) bed.hear(by, pbft.CHECKPOINT, checkpoint);
  expect(bed.core.status().stable).toBe(4);
}

/** Is a batch for the number within what this replica orders? */
function orders(bed: ClaimsBed, view: number, sequence: number): boolean {
  const batch = bed.batch(bed.request(sequence));
  return typesOf(bed.prePrepare({ view, sequence }, batch)).includes(pbft.PREPARE);
}

test("P has the highest view in which a number was prepared", () => {
  const bed = new ClaimsBed(2);
  const { digest } = bed.prepare(1);
  bed.enter(1, { p: [[1, digest, 0]] }, GENESIS, digest);
  bed.votes(pbft.PREPARE, { view: 1, sequence: 1, digest }, 0, 3);
  bed.restart();
  expect(bed.leaveFor(2).prepared.get(1)).toEqual({ digest, view: 1 });
});

test("g is as high as the base of a view that was left", () => {
  const bed = new ClaimsBed(2);
  bed.enter(1, { c: [GENESIS, FOUR] }, FOUR);
  bed.leaveFor(3);
  bed.restart();
  bed.enter(3, {}, GENESIS);
  expect([12, 13].map((sequence) => orders(bed, 3, sequence))).toEqual([true, false]);
});

test("g outlives the log in which the base that raised it stands", () => {
  const bed = new ClaimsBed(2);
  const eight = { sequence: 8, digest: STATE };
  bed.enter(1, { c: [GENESIS, eight] }, eight);
  bed.enter(3, {}, GENESIS);
  compact(bed, 3);
  bed.restart();
  expect([16, 17].map((sequence) => orders(bed, 3, sequence))).toEqual([true, false]);
});

test("a VIEW-CHANGE for a view that was left since is of no use any more", () => {
  const bed = new ClaimsBed(2);
  const payload = bed.viewChange(1, {});
  const { name } = bed.reference(0, payload);
  for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
  const isCopied = () => typesOf(bed.status(3, 1, { wanted: [name] })).includes(wire.COPY);
  expect(isCopied()).toBe(true);
  bed.leaveFor(3);
  expect(isCopied()).toBe(false);
  bed.restart();
  expect(isCopied()).toBe(false);
});

test("nor is the own one for a view below that which others entered", () => {
  const bed = new ClaimsBed(2);
  bed.leaveFor(1);
  const own = { type: pbft.VIEW_CHANGE, author: 2, payload: bed.viewChange(1, {}) };
  const name = wire.nameOf(bed.scheme(0), own);
  const isCopied = () => typesOf(bed.status(3, 3, { wanted: [name] })).includes(wire.COPY);
  expect(isCopied()).toBe(true);
  bed.enterAsOthersDid(3);
  bed.restart();
  expect(bed.core.status().view).toBe(3);
  expect(isCopied()).toBe(false);
});

test("hs may be written down twice: when it is heard of, and when it is reached", () => {
  const bed = new ClaimsBed(2);
  bed.disk = [FOUR, FOUR].map((checkpoint) => stableRecord({ ...checkpoint, by: [0, 1, 3] }));
  bed.restart();
  expect(bed.core.status().stable).toBe(4);
});

test("of several entries of P that of the highest view counts, wherever it stands in the log", () => {
  const bed = new ClaimsBed(2);
  const entry = (view: number) => ({ sequence: 1, view, digest: STATE, by: [0, 1, 3] });
  bed.disk = [3, 1].map((view) => preparedRecord(entry(view)));
  bed.restart();
  expect(bed.leaveFor(5).prepared.get(1)?.view).toBe(3);
});
