/** What a log that is written anew must still hold (protocols §13.4). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { BODY, encodeCheckpoint, FETCH_BODY, VIEW_CHANGE } from "./messages.ts";
import { ALICE, Bed, BOB, HOST, types } from "./pbft.fixture.ts";

/** The others' CHECKPOINTs for number 4, by which the log is replaced. */
function compact(bed: Bed): void {
  const before = bed.disk.length;
  const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
  for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, d));
  assert.equal(bed.core.status().stable, 4);
  assert.ok(bed.disk.length < before, "the log was written anew");
}

test("the own VIEW-CHANGE, which alone tells in which view an inactive replica is", () => {
  const bed = new Bed(1);
  for (let sequence = 1; sequence <= 4; sequence++) bed.execute(sequence);
  bed.receive(HOST, bed.request(BOB, 9));
  const [left] = bed.fire("request");
  compact(bed);
  const [again] = bed.restart();
  const { view, active } = bed.core.status();
  assert.deepEqual([view, active, again?.type], [1, false, VIEW_CHANGE]);
  assert.deepEqual(again?.bytes, left?.bytes);
});

test("of each number above it: what was accepted, prepared and executed", () => {
  const bed = new Bed(1);
  const votes = [1, 2, 3, 4, 5, 6].map((sequence) => bed.execute(sequence));
  const seventh = { view: 0, sequence: 7 };
  bed.receive(0, bed.prePrepare(0, seventh, bed.batch(bed.request(ALICE, 7))));
  compact(bed);
  bed.restart();
  assert.equal(bed.core.status().lastExec, 6);
  const second = bed.prePrepare(0, seventh, bed.batch(bed.request(ALICE, 8)));
  assert.deepEqual(types(bed.receive(0, second)), []);
  assert.equal(bed.audited("evidence").length, 1);
  bed.receive(HOST, bed.request(BOB, 9));
  bed.fire("request");
  const claimed = votes.slice(4).map(({ sequence, digest }) => [sequence, digest, 0]);
  assert.deepEqual(bed.audited("viewchange").at(-1)?.p, claimed);
});

test("the body of what was prepared and not chosen again: others may ask for it", () => {
  const bed = new Bed(1);
  for (let sequence = 1; sequence <= 4; sequence++) bed.execute(sequence);
  const batch = bed.batch(bed.request(ALICE, 5));
  const fifth = { view: 0, sequence: 5, digest: batch.digest };
  bed.receive(0, bed.prePrepare(0, fifth, batch));
  for (const by of [2, 3]) bed.receive(by, bed.prepare(by, fifth));
  const viewChanges = [0, 2, 3].map((by) => bed.viewChange(by, { view: 2 }));
  bed.receive(2, bed.newView(2, { view: 2, viewChanges, chosen: [] }));
  compact(bed);
  bed.restart();
  const question = { type: FETCH_BODY, payload: encodeCheckpoint(fifth) };
  assert.deepEqual(types(bed.receive(3, bed.envelopes(3).seal(question, 1))), [BODY]);
});

test("it is written anew also if what it holds was written before a start", () => {
  const bed = new Bed(1);
  for (let sequence = 1; sequence <= 4; sequence++) bed.execute(sequence);
  bed.restart();
  const before = bed.disk.length;
  compact(bed);
  assert.ok(bed.disk.length < before);
});
