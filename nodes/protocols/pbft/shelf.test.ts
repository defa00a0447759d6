import assert from "node:assert/strict";
import { test } from "vitest";
import { Shelf } from "./shelf.ts";

const MIB = 1_048_576;

function framesOf(shelf: Shelf): number[] {
  return shelf.take((awaited) => awaited === "view").map(([, { length }]) => length);
}

test("a frame too long to be kept pushes out nothing", () => {
  const shelf = new Shelf();
  shelf.keep(2, new Uint8Array(100), "view");
  shelf.keep(2, new Uint8Array(MIB + 1), "view");
  assert.deepEqual(framesOf(shelf), [100]);
});

test("of too many, or too many bytes, the oldest of that peer go", () => {
  const shelf = new Shelf();
  shelf.keep(3, new Uint8Array(100), "view");
  for (let length = 1; length <= 70; length++) shelf.keep(2, new Uint8Array(length), "view");
  shelf.keep(4, new Uint8Array(MIB - 1), "view");
  shelf.keep(4, new Uint8Array(2), "view");
  assert.deepEqual(framesOf(shelf), [100, ...Array.from({ length: 64 }, (_, i) => i + 7), 2]);
});

test("what waits for vouchers stays when a view is entered, and counts towards the same bound", () => {
  const doubt = { client: 1 << 16, timestamp: 1, digest: "a", sequence: 1 };
  const shelf = new Shelf();
  shelf.keep(2, new Uint8Array(7), doubt);
  for (let length = 1; length <= 63; length++) shelf.keep(2, new Uint8Array(length), "view");
  assert.equal(framesOf(shelf).length, 63);
  for (let length = 1; length <= 64; length++) shelf.keep(2, new Uint8Array(length), "view");
  assert.deepEqual(
    shelf.take((awaited) => awaited !== "view"),
    [],
  );
  assert.equal(framesOf(shelf).length, 64);
});
