/**
 * One has decided by the help of r1, bad, and leaves its view alone; who has prepared only does not
 * take it for ahead any more, and follows (protocols §10.2). No client asks again.
 */
import { expect, test } from "vitest";
import type { Delivery } from "../cluster.fixture.ts";
import { COMMIT, PRE_PREPARE, STATUS } from "../messages.ts";
import { Deceived, requestMs } from "./deceived.fixture.ts";
import { isOf } from "./proving.fixture.ts";

const LIAR = 1;
const LAGS = 3;

/** Of r1 only r0 learns that it would commit; the PRE-PREPARE does not reach r3. */
const isLostAtFirst = (each: Delivery) =>
  (isOf(PRE_PREPARE, each) && each.to === LAGS) ||
  (isOf(COMMIT, each) && each.from === LIAR && each.to !== 0);

/** It goes on saying what it said, whatever it is told. */
const isLostThen = (each: Delivery) =>
  each.to === LIAR || (each.from === LIAR && !isOf(STATUS, each));

test("who is ahead and has left its view keeps nobody in it who has prepared the number", () => {
  const world = new Deceived({ liar: LIAR });
  let isLost = isLostAtFirst;
  world.wire((delivery) => (isLost(delivery) ? null : delivery.bytes));
  world.ask(0);
  world.pass(20);
  expect(world.executed).toEqual([1, 1, 0, 0]);
  isLost = isLostThen;
  world.pass(20 * requestMs);
  expect([0, 2, LAGS].map((id) => world.executed[id])).toEqual([1, 1, 1]);
});
