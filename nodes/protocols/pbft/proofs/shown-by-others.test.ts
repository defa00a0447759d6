/**
 * Proofs that a liar made convince whom they were made for, and nobody else: it has spoiled in the
 * vectors of good ones what is for others (protocols §22.1).
 */
import { describe, expect, test } from "vitest";
import type { Delivery } from "../cluster.fixture.ts";
import { CHECKPOINT, COMMIT, PRE_PREPARE, PREPARE, VIEW_CHANGE } from "../messages.ts";
import { Deceived, requestMs } from "./deceived.fixture.ts";
import { encodeProve, PROVE } from "./messages.ts";
import { isOf, STATUS_MS, spoiledFrame } from "./proving.fixture.ts";

const LIAR = 0;

function isSilenced({ from, bytes }: Delivery): Uint8Array | null {
  return from === LIAR ? null : bytes;
}

/** r0's VIEW-CHANGE, with a certificate for r1 alone of what nobody else has prepared. */
function withCertificateForOne() {
  const world = new Deceived();
  // Nobody but r0 hears who vouches for what in view 0.
  const isKept = (delivery: Delivery) => {
    const type = world.vouchIn(delivery)?.type;
    const isOfVote = isOf(PROVE, delivery) || type === PRE_PREPARE || type === PREPARE;
    return world.views[delivery.from] === 0 && (isOfVote || isOf(COMMIT, delivery));
  };
  world.wire((delivery) => (isKept(delivery) ? null : delivery.bytes));
  world.ask(0, 1, 2, 3);
  world.pass(20);
  const [prePrepare, ...prepares] = [
    world.saidBy(0, PRE_PREPARE),
    world.saidBy(1, PREPARE),
    world.saidBy(2, PREPARE),
  ].map((frame) => world.shownTo([1], frame));
  if (prePrepare === undefined) throw new RangeError("there are three");
  const frame = world.viewChange({ prepared: [{ prePrepare, prepares }] });
  world.wire((delivery) => (isKept(delivery) ? null : isSilenced(delivery)));
  return { world, frame };
}

describe("protocols §22.3: a NEW-VIEW of a good primary", () => {
  test("rests on no VIEW-CHANGE that came with a proof for its primary alone", () => {
    const world = new Deceived();
    world.wire(isSilenced);
    const frame = world.viewChange();
    world.deliver({ from: LIAR, to: 2, bytes: frame });
    world.say(LIAR, 2, { type: PROVE, payload: encodeProve(frame) });
    world.deliver({ from: LIAR, to: 1, bytes: world.shownTo([1], frame) });
    world.ask(1, 2, 3);
    world.pass(2 * requestMs);
    expect(world.views.slice(1)).toEqual([1, 1, 1]);
    expect(world.executed.slice(1)).toEqual([1, 1, 1]);
  });

  test("nor on one with a certificate in it that is for its primary alone", () => {
    const { world, frame } = withCertificateForOne();
    for (const to of [1, 2, 3]) world.deliver({ from: LIAR, to, bytes: frame });
    world.pass(2 * requestMs);
    expect(world.views.slice(1)).toEqual([1, 1, 1]);
    expect(world.executed.slice(1)).toEqual([1, 1, 1]);
  });
});

test("protocols §22.2: what is in doubt is looked at once a period, however often somebody asks", () => {
  const { world, frame } = withCertificateForOne();
  world.deliver({ from: LIAR, to: 2, bytes: frame });
  const checks = () => world.cores[2]?.status().counters["checks"] ?? 0;
  const costs = [1, 2, 3, 4].map((time) => {
    if (time === 3) world.now += STATUS_MS;
    const before = checks();
    world.say(LIAR, 2, { type: PROVE, payload: encodeProve(frame) });
    return checks() - before;
  });
  // One each for the question itself, and two for the first message of the certificate.
  expect(costs).toEqual([1, 1, 3, 1]);
  expect(world.vouchedBy(2).filter(({ type }) => type === VIEW_CHANGE)).toEqual([]);
});

test("protocols §22.3: nothing is prepared on a PREPARE that came with a proof for one alone", () => {
  const world = new Deceived();
  world.wire((delivery) => (isOf(PREPARE, delivery) ? null : delivery.bytes));
  world.ask(0);
  world.pass(20);
  for (const id of [1, 2, 3]) {
    for (const author of [1, 2, 3].filter((each) => each !== id)) {
      const frame = world.saidBy(author, PREPARE);
      world.deliver({ from: LIAR, to: id, bytes: world.shownTo([id], frame) });
    }
  }
  const rejected = [1, 2, 3].map((id) => world.cores[id]?.status().rejected["PREPARE:MAC"]);
  expect(rejected).toEqual([2, 2, 2]);
});

test("protocols §2.7: a vector that others bring may be spoiled, and does not stand for its author", () => {
  const world = new Deceived();
  world.wire((delivery) => (isOf(PREPARE, delivery) ? null : delivery.bytes));
  world.ask(0);
  world.pass(20);
  const frame = world.saidBy(1, PREPARE);
  const bytes = spoiledFrame(frame, { author: 1, readers: [0, 3] });
  world.deliver({ from: LIAR, to: 2, bytes });
  expect(world.cores[2]?.status().rejected["frame:second hand"]).toBe(1);
});

describe("protocols §22.2: of a CHECKPOINT that comes with its proof", () => {
  /** Number 2 is executed by all, and nobody hears who vouches for whose CHECKPOINT. */
  function executed(lagging: readonly number[] = []): Deceived {
    const world = new Deceived({ checkpointInterval: 2 });
    const isLost = (delivery: Delivery) => {
      const isOfCheckpoint = world.vouchIn(delivery)?.type === CHECKPOINT;
      return isOfCheckpoint || isOf(PROVE, delivery) || lagging.includes(delivery.to);
    };
    world.wire((delivery) => (isLost(delivery) ? null : delivery.bytes));
    for (const _ of [1, 2]) {
      world.ask(0);
      world.pass(20);
    }
    return world;
  }

  const show = (world: Deceived, to: number) => {
    for (const author of [1, 2, 3].filter((each) => each !== to)) {
      const bytes = world.shownTo([to], world.saidBy(author, CHECKPOINT));
      world.deliver({ from: LIAR, to, bytes });
    }
    return world.cores[to]?.status().stable;
  };

  test("who executed as much waits for the word of others, and asks for it", () => {
    const world = executed();
    expect(world.executed).toEqual([2, 2, 2, 2]);
    const before = world.sentBy(3, PROVE).length;
    expect(show(world, 3)).toBe(0);
    expect(world.sentBy(3, PROVE).length).toBeGreaterThan(before);
    world.wire(({ bytes }) => bytes);
    world.pass(3 * STATUS_MS);
    expect(world.cores[3]?.status().stable).toBe(2);
  });

  test("nobody blames who passes on what convinced that one alone", () => {
    const world = executed();
    const bytes = world.shownTo([1], world.saidBy(3, CHECKPOINT));
    world.deliver({ from: 1, to: 2, bytes });
    expect(world.cores[2]?.status().rejected["CHECKPOINT:MAC"]).toBeUndefined();
    expect(world.cores[2]?.status().stable).toBe(0);
  });

  test("who missed what others said of it gets there with the word of two who have forgotten it", () => {
    const world = new Deceived({ checkpointInterval: 2 });
    const isOfCheckpoint = (delivery: Delivery) =>
      isOf(CHECKPOINT, delivery) || world.vouchIn(delivery)?.type === CHECKPOINT;
    const isMissed = (delivery: Delivery) =>
      delivery.to === 3 && (isOfCheckpoint(delivery) || isOf(PROVE, delivery));
    world.wire((delivery) => (isMissed(delivery) ? null : delivery.bytes));
    for (const _ of [1, 2]) {
      world.ask(0);
      world.pass(20);
    }
    world.pass(2 * STATUS_MS);
    expect(world.executed).toEqual([2, 2, 2, 2]);
    expect(world.cores.map((core) => core.status().stable)).toEqual([2, 2, 2, 0]);
    world.wire((delivery) => (delivery.to === LIAR ? null : isSilenced(delivery)));
    world.pass(4 * STATUS_MS);
    expect(world.cores[3]?.status().stable).toBe(2);
    const rejected = [1, 2, 3].flatMap((id) =>
      Object.keys(world.cores[id]?.status().rejected ?? {}),
    );
    expect(rejected.filter((each) => !each.startsWith("STATUS"))).toEqual([]);
  });
});
