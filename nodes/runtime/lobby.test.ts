import { expect, test } from "vitest";
import { type Guest, Lobby } from "./lobby.ts";

/** Somebody who is told to go. */
class Visitor implements Guest {
  isOut = false;

  close(): void {
    this.isOut = true;
  }
}

test("who was let in has his grace: a flood that is faster than he is does not push him out", () => {
  const lobby = new Lobby({ guestsMax: 64, graceMs: 250 });
  let nowMs = 0;
  let attempts = 0;
  // A thousand knocks a second by others; an honest handshake takes 40 ms.
  for (let served = 0; served < 10; attempts++) {
    const honest = new Visitor();
    const isIn = lobby.admit(honest, nowMs);
    for (let knocks = 0; knocks < 40; knocks++) {
      nowMs += 1;
      lobby.admit(new Visitor(), nowMs);
    }
    expect(honest.isOut).toBe(false);
    lobby.leave(honest);
    if (isIn) served += 1;
  }
  expect(attempts).toBeLessThan(100);
});

test("without grace one at random goes, so that nobody can be pushed out on purpose", () => {
  const lobby = new Lobby({ guestsMax: 128, graceMs: 0 });
  const first = Array.from({ length: 128 }, () => new Visitor());
  for (const visitor of first) lobby.admit(visitor, 0);
  for (let knocks = 0; knocks < 128; knocks++) lobby.admit(new Visitor(), 1);
  const left = first.filter(({ isOut }) => !isOut).length;
  // By age it would be none; at random about 47.
  expect(left).toBeGreaterThan(20);
  expect(left).toBeLessThan(80);
});
