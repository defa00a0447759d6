import fc from "fast-check";
import { expect, test } from "vitest";
import { DIGEST_BYTES, Reader, Writer } from "./codec.ts";

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
/** Most of them differ in one byte, wherever it is. */
const digest = fc
  .tuple(fc.nat(DIGEST_BYTES - 1), fc.nat(3))
  .map(([at, value]) => new Uint8Array(DIGEST_BYTES).fill(value, at, at + 1));

test("a digest that is read is the one that stands there, whatever was read before it", () => {
  fc.assert(
    fc.property(fc.array(digest, { minLength: 1, maxLength: 20 }), (digests) => {
      const writer = new Writer();
      for (const each of digests) writer.raw(each);
      const reader = new Reader(writer.finish());
      expect(digests.map(() => reader.digest())).toEqual(digests.map(hexOf));
      expect(reader.complete).toBe(true);
    }),
  );
});

test("what is read as a digest stays what it was when its bytes are others later", () => {
  const bytes = new Uint8Array(DIGEST_BYTES).fill(7);
  const before = new Reader(bytes).digest();
  bytes.fill(7, 0, 1).fill(9, 1);
  expect(new Reader(bytes).digest()).toBe(hexOf(bytes));
  expect(before).toBe("07".repeat(DIGEST_BYTES));
});

test("a digest that is cut short is malformed, and none", () => {
  const reader = new Reader(new Uint8Array(DIGEST_BYTES - 1));
  expect(reader.digest()).toBe("");
  expect(reader.ok).toBe(false);
});
