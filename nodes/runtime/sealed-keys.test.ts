import { expect, test } from "vitest";
import type { NodeId } from "../protocols/contract/core.ts";
import { Ed25519Authenticator, generateKeys, keysOf } from "./keys.ts";

const names = ["r0", "r1", "r2"];
const keys = generateKeys(names);
const exchangeOf = (node: NodeId) =>
  new Ed25519Authenticator(node, keysOf(keys, [names[node] ?? ""])).exchange;
const ABOUT = Uint8Array.of(1, 2, 3);

test("each finds its own key in what was sealed, and no other", () => {
  const { keys: chosen, sealed } = exchangeOf(0).choose([1, 2], ABOUT);
  expect(chosen[0]).not.toEqual(chosen[1]);
  expect(sealed).toHaveLength(exchangeOf(1).sealedBytes(2));
  for (const reader of [1, 2]) {
    for (const at of [0, 1, 2, -1]) {
      const key = exchangeOf(reader).open(0, sealed, { at, about: ABOUT });
      expect(key).toEqual(at === reader - 1 ? chosen[at] : null);
    }
  }
  expect(exchangeOf(0).choose([1, 2], ABOUT).keys, "others every time").not.toEqual(chosen);
});

test("a sealed key is not taken for one about something else, nor changed in any bit", () => {
  const { sealed } = exchangeOf(0).choose([1], ABOUT);
  const open = (bytes: Uint8Array, about = ABOUT) => exchangeOf(1).open(0, bytes, { at: 0, about });
  expect(open(sealed, Uint8Array.of(1, 2, 4))).toBe(null);
  for (let bit = 0; bit < 8 * sealed.length; bit += 5) {
    const changed = sealed.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    // The highest bit of a point says nothing (RFC 7748).
    if (bit !== 255) expect(open(changed), `${bit}`).toBe(null);
  }
});

test("nonsense of any length opens as nothing", () => {
  for (const length of [0, 1, 31, 32, 63, 64, 65, 1_000]) {
    for (const byte of [0, 1, 255]) {
      const sealed = new Uint8Array(length).fill(byte);
      expect(exchangeOf(1).open(0, sealed, { at: 0, about: ABOUT })).toBe(null);
    }
  }
});

test("what signs a NEW-KEY signs nothing else, and a stranger is sealed what nobody opens", () => {
  const bytes = Uint8Array.of(7);
  const author = new Ed25519Authenticator(0, keysOf(keys, ["r0"]));
  const reader = new Ed25519Authenticator(1, keysOf(keys, ["r1"]));
  const signature = author.exchange.sign(bytes);
  expect(reader.exchange.verify(0, bytes, signature)).toBe(true);
  expect(reader.exchange.verify(2, bytes, signature)).toBe(false);
  expect(reader.verify(0, bytes, signature)).toBe(false);
  expect(reader.exchange.verify(0, bytes, author.sign(bytes))).toBe(false);
  expect(author.exchange.choose([9], ABOUT).sealed.length).toBe(64);
});
