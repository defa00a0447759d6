import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import type { NodeId } from "../contract/core.ts";
import { numberOf, PairwiseTags, tagUnder } from "./pairwise-tags.ts";

const { codeOf } = fastAuthenticators(1, [0])(0).exchange;
const BYTES = Uint8Array.of(1, 2, 3);
const KEY = new Uint8Array(16).fill(7);

/** As if all nodes had one key: what tells tags apart then is what they cover. */
const tagsOf = (self: NodeId) => new PairwiseTags({ self, keyOf: () => KEY, codeOf });

test("protocols §2.7: under one key for everything a tag still has one direction", () => {
  const tag = tagsOf(0).tag(1, BYTES);
  expect(tagsOf(1).checkTag(0, BYTES, tag)).toBe(true);
  expect(tagsOf(0).checkTag(1, BYTES, tag), "on the way back").toBe(false);
  expect(tagsOf(1).checkTag(2, BYTES, tag), "of another sender").toBe(false);
  expect(tagsOf(2).checkTag(0, BYTES, tag), "at another receiver").toBe(false);
});

test("protocols §2.7: a tag covers the number of its key", () => {
  const under = (number: number) =>
    tagUnder({ number, codeOf: (bytes) => codeOf(KEY, bytes) }, { sender: 0, receiver: 1 }, BYTES);
  expect(under(1).subarray(4)).not.toEqual(under(2).subarray(4));
});

test("protocols §2.7: no counter has the number of long-term keys", () => {
  for (const counter of [0, 1, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 2 ** 53 - 1]) {
    expect(numberOf(counter)).toBeGreaterThan(0);
    expect(numberOf(counter)).toBeLessThanOrEqual(0xffff_ffff);
  }
});
