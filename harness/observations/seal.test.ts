import { expect, test } from "vitest";
import { sealedBytes, sealOf } from "./seal.ts";

const LINES = Array.from({ length: 40 }, (_, index) => `{"index":${index + 10}}\n`);
const whole = Buffer.from(LINES.join(""));
const seal = sealOf(whole);

test("a file that is cut short is known until the last sealed line", () => {
  expect(sealedBytes(whole, seal)).toBe(whole.length);
  for (let length = 0; length < whole.length; length += 1) {
    const known = sealedBytes(whole.subarray(0, length), seal) ?? -1;
    expect(length - known).toBeLessThanOrEqual(whole.length / 8);
    expect(known).toBeGreaterThanOrEqual(0);
  }
});

test("whichever line is gone, what counts as written is what was written", () => {
  for (const [gone] of LINES.entries()) {
    const left = Buffer.from(LINES.toSpliced(gone, 1).join(""));
    const known = sealedBytes(left, seal) ?? 0;
    expect(left.subarray(0, known)).toEqual(whole.subarray(0, known));
  }
});

test("a file that was changed within what is sealed, or has grown, was not written", () => {
  expect(sealedBytes(Buffer.from(LINES.toSpliced(20, 1).join("")), seal)).toBe(null);
  expect(sealedBytes(Buffer.from(LINES.slice(1).join("")), seal)).toBe(null);
  expect(sealedBytes(Buffer.from(whole.toString().replace("30", "31")), seal)).toBe(null);
  expect(sealedBytes(Buffer.concat([whole, whole]), seal)).toBe(null);
});

test("an empty file is sealed like any other", () => {
  expect(sealedBytes(Buffer.alloc(0), sealOf(Buffer.alloc(0)))).toBe(0);
  expect(sealedBytes(whole, sealOf(Buffer.alloc(0)))).toBe(null);
});
