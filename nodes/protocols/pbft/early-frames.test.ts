import assert from "node:assert/strict";
import { test } from "vitest";
import { EarlyFrames } from "./early-frames.ts";

const MIB = 1_048_576;

function framesOf(early: EarlyFrames): number[] {
  return early.takeAll().map(([, { length }]) => length);
}

test("a frame too long to be kept pushes out nothing", () => {
  const early = new EarlyFrames();
  early.keep(2, new Uint8Array(100));
  early.keep(2, new Uint8Array(MIB + 1));
  assert.deepEqual(framesOf(early), [100]);
});

test("of too many, or too many bytes, the oldest of that peer go", () => {
  const early = new EarlyFrames();
  early.keep(3, new Uint8Array(100));
  for (let length = 1; length <= 70; length++) early.keep(2, new Uint8Array(length));
  early.keep(4, new Uint8Array(MIB - 1));
  early.keep(4, new Uint8Array(2));
  assert.deepEqual(framesOf(early), [100, ...Array.from({ length: 64 }, (_, i) => i + 7), 2]);
});
