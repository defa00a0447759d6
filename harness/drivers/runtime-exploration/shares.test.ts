import { expect, test } from "vitest";
import { Shares } from "./shares.ts";

const PEERS = 3;

interface Sent {
  readonly from: number;
  /** Frames of four units each, in a ms. */
  readonly count: number;
  /** Bytes that each is answered. */
  readonly answer?: number;
}

/** What is wrong with frames that come in each of so many ms; those of replica 1 come to nothing. */
function toldOf(sent: readonly Sent[], { ownBytes = 0 } = {}): string | null {
  const shares = new Shares(PEERS);
  for (let nowMs = 0; nowMs < 2_000; nowMs += 1) {
    shares.worked(ownBytes);
    for (const { from, count, answer = 0 } of sent) {
      for (let left = count; left > 0; left -= 1) {
        const told = shares.look({ from, nowMs, bytes: 0, isFruitless: from === 1 });
        if (told !== null) return told;
        shares.worked(answer);
        shares.looked();
      }
    }
  }
  return null;
}

const TOO_MUCH = /goes on with what comes to nothing/;

test("what comes to nothing may go on at its own pace for ever", () => {
  expect(toldOf([{ from: 1, count: 4 }])).toBeNull();
});

test("what a peer is answered is not what others cause", () => {
  expect(toldOf([{ from: 1, count: 100, answer: 8_192 }])).toMatch(TOO_MUCH);
});

test.each([
  ["each of the others causes", [2, 3, 4].map((from) => ({ from, count: 25 })), 0],
  ["it does by itself, shared out among them", [], 300 * 1_024],
] as const)("as much as %s may come to nothing besides, and no more", (_, others, ownBytes) => {
  const told = (count: number) => toldOf([...others, { from: 1, count }], { ownBytes });
  expect(told(29)).toBeNull();
  expect(told(40)).toMatch(TOO_MUCH);
});
