import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TAG_BYTES } from "../../../nodes/protocols/contract/authenticator.ts";
import { ed25519Authenticators, fastAuthenticators } from "./authenticators.ts";

const NODES = [0, 1, 65_537];
const makers = [
  { name: "fast", create: fastAuthenticators(7, NODES) },
  { name: "ed25519", create: ed25519Authenticators(NODES) },
];

describe.each(makers)("$name authenticator", ({ create }) => {
  const bytes = new TextEncoder().encode("the quick brown fox");

  test("verifies what the named signer signed, and only that", () => {
    const signature = create(0).sign(bytes);
    expect(create(1).verify(0, bytes, signature)).toBe(true);
    expect(create(1).verify(1, bytes, signature)).toBe(false);
    expect(create(1).verify(65_537, bytes, signature)).toBe(false);
    expect(create(1).verify(0, bytes.subarray(1), signature)).toBe(false);
  });

  test("an unknown signer and a wrong length are false, not an error", () => {
    const signature = create(0).sign(bytes);
    expect(create(1).verify(99, bytes, signature)).toBe(false);
    expect(create(1).verify(0, bytes, signature.subarray(1))).toBe(false);
    expect(create(1).verify(0, bytes, new Uint8Array(0))).toBe(false);
  });

  test("every changed bit of the signature is noticed", () => {
    const signature = create(0).sign(bytes);
    for (let bit = 0; bit < 8 * signature.length; bit += 1) {
      const changed = signature.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(create(1).verify(0, bytes, changed)).toBe(false);
    }
  });

  test("a tag convinces the one that it was made for, and only that one", () => {
    const tag = create(0).tag(1, bytes);
    expect(create(1).checkTag(0, bytes, tag)).toBe(true);
    expect(create(1).checkTag(65_537, bytes, tag)).toBe(false);
    expect(create(65_537).checkTag(0, bytes, tag)).toBe(false);
    expect(create(1).checkTag(0, bytes.subarray(1), tag)).toBe(false);
    expect(create(0).checkTag(1, bytes, tag), "its own, sent back").toBe(false);
    expect(create(0).checkTag(0, bytes, create(0).tag(0, bytes)), "to itself").toBe(false);
  });

  test("every changed bit of a tag and every other length is noticed", () => {
    const tag = create(0).tag(1, bytes);
    for (let bit = 0; bit < 8 * tag.length; bit += 1) {
      const changed = tag.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(create(1).checkTag(0, bytes, changed)).toBe(false);
    }
    for (const wrong of [new Uint8Array(0), tag.subarray(1), Uint8Array.of(...tag, 0)]) {
      expect(create(1).checkTag(0, bytes, wrong)).toBe(false);
    }
  });

  test("a stranger is told what convinces nobody, and not believed", () => {
    expect(create(0).tag(99, bytes)).toEqual(new Uint8Array(TAG_BYTES));
    expect(create(0).checkTag(99, bytes, new Uint8Array(TAG_BYTES))).toBe(false);
    for (const sender of [-1, Number.NaN, 1e300]) {
      expect(create(0).checkTag(sender, bytes, new Uint8Array(TAG_BYTES))).toBe(false);
    }
  });

  test("a digest is 64 lower-case hex digits and the same at every node", () => {
    expect(create(0).digest(bytes)).toMatch(/^[0-9a-f]{64}$/);
    expect(create(0).digest(bytes)).toBe(create(65_537).digest(bytes));
  });
});

test("the fast digest tells apart what differs in one bit, in length, or in trailing zeros", () => {
  const { digest } = fastAuthenticators(1, [0])(0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, at) => {
      const known = digest(bytes);
      expect(digest(bytes.slice())).toBe(known);
      expect(digest(Uint8Array.of(...bytes, 0))).not.toBe(known);
      if (bytes.length === 0) return;
      const changed = bytes.slice();
      const bit = at % (8 * bytes.length);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(digest(changed)).not.toBe(known);
    }),
    { numRuns: 2000 },
  );
});

test("the fast digest has no collision among 200 000 similar inputs", () => {
  const { digest } = fastAuthenticators(1, [0])(0);
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  const seen = new Set<string>();
  for (let counter = 0; counter < 200_000; counter += 1) {
    view.setUint32(4 * (counter % 10), counter);
    // Half of the digest: a birthday collision in 128 bits is out of reach, in 32 it would show.
    seen.add(`${counter % 10}:${digest(bytes).slice(0, 32)}`);
  }
  expect(seen.size).toBe(200_000);
});
