/**
 * CHECKPOINTs that r1, bad, tells some and shows others, and what rests on them once it is silent
 * (protocols §22.3): r0 and r2 have executed 2 and taken their checkpoint, r3 lags.
 */
import { expect, test } from "vitest";
import { DECIDED } from "../claims/messages.ts";
import type { Delivery } from "../cluster.fixture.ts";
import { CHECKPOINT, COMMIT, PREPARE, VIEW_CHANGE } from "../messages.ts";
import { RELAY_SET } from "../relays/messages.ts";
import { Deceived, requestMs } from "./deceived.fixture.ts";
import { PROVE } from "./messages.ts";
import { isOf, STATUS_MS } from "./proving.fixture.ts";

const LIAR = 1;
const LAGS = 3;

class Withheld extends Deceived {
  /** What is lost beside. */
  isLost: (delivery: Delivery) => boolean = () => false;

  constructor() {
    super({ liar: LIAR, checkpointInterval: 2 });
    this.wire((delivery) => {
      const isWithheld = isOf(CHECKPOINT, delivery) || isOf(PROVE, delivery);
      if (delivery.from === LIAR && isWithheld) return null;
      return this.isLost(delivery) ? null : delivery.bytes;
    });
  }

  execute(count: number): void {
    for (let left = count; left > 0; left--) {
      this.ask(0);
      this.pass(20);
    }
  }

  of(read: (id: number) => number | undefined): readonly (number | undefined)[] {
    return [0, 2, 3].map(read);
  }

  get stable() {
    return this.of((id) => this.cores[id]?.status().stable);
  }
}

const isCutOff = ({ from, to }: Delivery) => from === LAGS || to === LAGS;
const isFromLiar = ({ from }: Delivery) => from === LIAR;

/** r1's VIEW-CHANGE claims 2 by what convinces these alone; r2 heard its CHECKPOINT. */
function claiming(...readers: readonly number[]) {
  const world = new Withheld();
  world.isLost = isCutOff;
  world.execute(2);
  expect(world.executed).toEqual([2, 2, 2, 0]);
  world.tellCheckpoint(2);
  world.pass(5);
  const checkpoints = [0, LIAR, 2].map((id) =>
    world.shownTo(readers, world.saidBy(id, CHECKPOINT), 2),
  );
  const frame = world.viewChange({ stable: 2, checkpoints });
  // Of r1 nothing comes but what this test says, and that it relays what a client asks for.
  const isRelayed = (delivery: Delivery) => isFromLiar(delivery) && isOf(RELAY_SET, delivery);
  world.isLost = (delivery) => isCutOff(delivery) || (isFromLiar(delivery) && !isRelayed(delivery));
  for (const to of [0, 2, 3]) world.deliver({ from: LIAR, to, bytes: frame });
  world.ask(0, 1, 2);
  world.pass(2 * requestMs);
  const asked = [0, 2].map((id) => world.saidBy(id, VIEW_CHANGE));
  return { world, newView: world.newView([frame, ...asked]) };
}

test("a view whose base convinces those who enter it is none: they could not go on from it", () => {
  const { world, newView } = claiming(0, 2);
  for (const to of newView ? [0, 2] : []) {
    world.deliver({ from: LIAR, to, bytes: newView as Uint8Array });
  }
  world.pass(3 * requestMs);
  world.isLost = isFromLiar;
  world.ask(0, 2, 3);
  world.pass(20 * requestMs);
  expect(world.of((id) => world.executed[id])).toEqual([3, 3, 3]);
  expect(newView).toBeNull();
});

test("nor one whose base convinces who lags, and vouches for it to those who enter it", () => {
  const { world, newView } = claiming(3);
  if (newView === null) throw new RangeError("r3 vouches for it");
  world.deliver({ from: LIAR, to: 0, bytes: newView });
  expect([world.cores[0]?.status().active, world.stable]).toEqual([false, [0, 0, 0]]);
  world.deliver({ from: LIAR, to: 3, bytes: newView });
  expect([world.cores[3]?.status().active, world.stable]).toEqual([true, [0, 0, 2]]);
  world.isLost = isFromLiar;
  world.ask(0, 2, 3);
  world.pass(20 * requestMs);
  expect(world.of((id) => world.executed[id])).toEqual([3, 3, 3]);
});

test("what was gone by while it lagged counts no more for who has executed as much", () => {
  const world = new Withheld();
  world.isLost = (delivery) => isCutOff(delivery) || (isOf(COMMIT, delivery) && delivery.to === 2);
  world.execute(2);
  expect(world.executed).toEqual([2, 2, 0, 0]);
  world.tellCheckpoint(0);
  world.pass(5);
  const bytes = world.shownTo([2], world.saidBy(LIAR, CHECKPOINT));
  world.deliver({ from: LIAR, to: 2, bytes });
  world.isLost = isCutOff;
  world.pass(4 * STATUS_MS);
  expect(world.executed).toEqual([2, 2, 2, 0]);
  expect(world.stable).toEqual([0, 0, 0]);
  world.isLost = isFromLiar;
  world.pass(10 * STATUS_MS);
  expect(world.of((id) => world.executed[id])).toEqual([2, 2, 2]);
  expect(world.stable).toEqual([2, 2, 2]);
});

test("who became stable by what convinces it alone says its CHECKPOINT until others are", () => {
  const world = new Withheld();
  world.isLost = isCutOff;
  world.execute(2);
  world.tellCheckpoint(2);
  world.pass(5);
  for (const id of [0, LIAR, 2]) {
    const bytes = world.shownTo([LAGS], world.saidBy(id, CHECKPOINT));
    world.deliver({ from: LIAR, to: LAGS, bytes });
  }
  expect(world.stable).toEqual([0, 0, 2]);
  world.isLost = (delivery) =>
    isFromLiar(delivery) || (isOf(CHECKPOINT, delivery) && delivery.from === LAGS);
  world.pass(10 * STATUS_MS);
  expect(world.executed[LAGS]).toBe(2);
  world.isLost = isFromLiar;
  world.pass(4 * STATUS_MS);
  expect(world.stable).toEqual([2, 2, 2]);
});

test("who lags installs what two others claim, where one of them cannot state the decisions", () => {
  const world = new Withheld();
  world.isLost = isCutOff;
  world.execute(2);
  expect(world.executed).toEqual([2, 2, 2, 0]);
  // r0 has started again on its checkpoint: of what is below it it says nothing any more.
  const isForgotten = (delivery: Delivery) =>
    delivery.from === 0 && [DECIDED, PREPARE, COMMIT].some((type) => isOf(type, delivery));
  world.isLost = (delivery) => isFromLiar(delivery) || isForgotten(delivery);
  world.pass(12 * STATUS_MS);
  expect(world.of((id) => world.executed[id])).toEqual([2, 2, 2]);
  expect(world.stable).toEqual([2, 2, 2]);
});
