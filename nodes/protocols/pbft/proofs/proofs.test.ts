/** Who vouches, who asks, and what waits for it, in whole clusters (protocols §22.2, §22.3). */
import { describe, expect, test } from "vitest";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import type { Delivery } from "../cluster.fixture.ts";
import {
  CHECKPOINT,
  COMMIT,
  encodeCheckpoint,
  NEW_VIEW,
  PRE_PREPARE,
  PREPARE,
  VIEW_CHANGE,
} from "../messages.ts";
import { NEW_KEY } from "../session-keys/new-key.ts";
import { PROVE, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";
import { isOf, ProvingCluster, STATUS_MS, spoiledFrame } from "./proving.fixture.ts";

const PASSES = ({ bytes }: Delivery) => bytes;
const isVouching = (delivery: Delivery) => isOf(VOUCH, delivery) || isOf(PROVE, delivery);

describe("protocols §22.3: COMMIT", () => {
  test("waits for the proofs of what its certificate is made of", () => {
    const world = new ProvingCluster();
    world.wire((delivery) => (isVouching(delivery) ? null : delivery.bytes));
    world.ask(0);
    world.pass(5 * STATUS_MS);
    expect([0, 1, 2, 3].flatMap((id) => world.sentBy(id, COMMIT))).toEqual([]);
    expect(world.executed).toEqual([0, 0, 0, 0]);
    world.wire(PASSES);
    world.pass(3 * STATUS_MS);
    expect(world.executed).toEqual([1, 1, 1, 1]);
  });

  test("does not follow a PREPARE that convinces its reader alone", () => {
    const world = new ProvingCluster();
    // r3 is bad: its PREPARE reaches r1 only, and shows nothing to r0 and r2. r2's reaches nobody.
    world.wire((delivery) => {
      if (isOf(PROVE, delivery) && delivery.from === 3) return null;
      if (!isOf(PREPARE, delivery)) return delivery.bytes;
      if (delivery.from === 2 || (delivery.from === 3 && delivery.to !== 1)) return null;
      const readers = [0, 2];
      return delivery.from === 3
        ? spoiledFrame(delivery.bytes, { author: 3, readers })
        : delivery.bytes;
    });
    world.ask(0);
    world.pass(5 * STATUS_MS);
    expect(world.sentBy(1, PROVE).length).toBeGreaterThan(0);
    expect(world.sentBy(1, COMMIT)).toEqual([]);
    for (const voucher of [0, 2]) {
      const about = world.vouchedBy(voucher);
      expect(about.filter(({ author, type }) => author === 3 && type === PREPARE)).toEqual([]);
    }
    expect(world.executed).toEqual([0, 0, 0, 0]);
  });

  test("follows vouches of 2f+1 replicas that the author's own silence does not take away", () => {
    const world = new ProvingCluster();
    // Nobody hears r3: the three others prove everything to each other.
    world.wire((delivery) => (delivery.from === 3 ? null : delivery.bytes));
    world.ask(0);
    world.pass(STATUS_MS);
    expect(world.executed).toEqual([1, 1, 1, 1]);
  });
});

describe("protocols §22.2: PROVE", () => {
  test("gets the word of who never heard the message, from its author's vector", () => {
    const world = new ProvingCluster();
    // r0 hears no PREPARE of r1, and r1 none of the vouches that nobody asked for.
    let isAsked = false;
    world.wire((delivery) => {
      if (isOf(PROVE, delivery)) isAsked = true;
      if (isOf(PREPARE, delivery) && delivery.to === 0) return null;
      return isOf(VOUCH, delivery) && !isAsked ? null : delivery.bytes;
    });
    world.ask(0);
    world.pass(4 * STATUS_MS);
    expect(world.executed.slice(1)).toEqual([1, 1, 1]);
    expect(world.vouchedBy(0).some(({ type }) => type === PREPARE)).toBe(true);
  });

  test("is answered 64 times in a period", () => {
    const world = new ProvingCluster();
    world.wire((delivery) => (isOf(VOUCH, delivery) ? null : delivery.bytes));
    world.ask(0);
    world.pass(2 * STATUS_MS);
    const asked = world.sentBy(1, PROVE).find(({ to }) => to === 2);
    expect(asked).toBeDefined();
    world.pass(10 * STATUS_MS);
    const before = world.sentBy(2, VOUCH).length;
    for (let again = 0; asked && again < 200; again++) world.deliver(asked);
    const answers = world.sentBy(2, VOUCH).length - before;
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThanOrEqual(64);
  });

  test("is not waited for: of an author's CHECKPOINTs those in the window are vouched for, and 8", () => {
    const world = new ProvingCluster({ checkpointInterval: 2 });
    const liar = new ProofVectors(
      world.cluster,
      new MacVectors(world.cluster, world.authenticatorOf(3)),
      world.authenticatorOf(3),
    );
    const say = (digest: string): void => {
      for (let checkpoint = 1; checkpoint <= 20; checkpoint++) {
        const vote = { sequence: 2 * checkpoint, digest };
        const content = { type: CHECKPOINT, payload: encodeCheckpoint(vote) };
        world.deliver({ from: 3, to: 0, bytes: liar.seal(content, "all") });
      }
    };
    say(NULL_DIGEST);
    // The window is 8: of the numbers 2 to 40 it has room for four, once.
    expect(world.sentBy(0, VOUCH).length).toBe((4 + 8) * 3);
    say("1".repeat(64));
    expect(world.sentBy(0, VOUCH).length).toBe((4 + 8) * 3);
  });

  test("a replica that starts again proves what it accepted before", () => {
    const world = new ProvingCluster();
    world.wire((delivery) => (isVouching(delivery) ? null : delivery.bytes));
    world.ask(0);
    world.pass(STATUS_MS);
    for (const id of [0, 1, 2, 3]) world.restart(id);
    world.wire(PASSES);
    world.pass(6 * STATUS_MS);
    expect(world.executed).toEqual([1, 1, 1, 1]);
    expect(world.views).toEqual([0, 0, 0, 0]);
  });
});

describe("protocols §22.3: a change of views", () => {
  const requestMs = 6 * STATUS_MS;

  /** Number 1 is prepared and not decided; then r0 is gone. */
  function cutAfterPrepared(world: ProvingCluster): void {
    world.wire((delivery) => (isOf(COMMIT, delivery) ? null : delivery.bytes));
    world.ask(0, 1, 2, 3);
    world.pass(STATUS_MS);
    world.wire((delivery) => withoutPrimary(world, delivery));
  }

  /** COMMITs of view 0 come too late. */
  function withoutPrimary(world: ProvingCluster, delivery: Delivery): Uint8Array | null {
    const { from, to, bytes } = delivery;
    const isLost = from === 0 || to === 0 || (isOf(COMMIT, delivery) && world.views[from] === 0);
    return isLost ? null : bytes;
  }

  test("rests on proofs, and chooses what was prepared", () => {
    const world = new ProvingCluster({ requestMs });
    cutAfterPrepared(world);
    world.pass(4 * requestMs);
    expect(world.views.slice(1)).toEqual([1, 1, 1]);
    expect(world.executed.slice(1)).toEqual([1, 1, 1]);
    const [entered] = world.audits[2]?.filter(({ e }) => e === "newview") ?? [];
    expect(entered).toMatchObject({ v: 1, base: 0, selected: [[1, expect.any(String)]] });
  });

  test("waits for who vouches for the VIEW-CHANGEs, and asks", () => {
    const world = new ProvingCluster({ requestMs });
    cutAfterPrepared(world);
    let isAsked = false;
    world.wire((delivery) => {
      if (isOf(PROVE, delivery)) isAsked = true;
      const isUnasked = isOf(VOUCH, delivery) && !isAsked;
      return isUnasked ? null : withoutPrimary(world, delivery);
    });
    const isEntered = () => world.sentBy(1, NEW_VIEW).length > 0;
    expect(world.run(isEntered, world.now + 4 * requestMs)).not.toBe(null);
    expect(isAsked).toBe(true);
  });

  test("is told with its proof to who cannot believe the primary's own entry", () => {
    const world = new ProvingCluster({ requestMs });
    cutAfterPrepared(world);
    // r1, bad, spoils r3's entry in its NEW-VIEW.
    world.wire((delivery) => {
      const { from, bytes } = delivery;
      if (from !== 1 || !isOf(NEW_VIEW, delivery)) return withoutPrimary(world, delivery);
      return spoiledFrame(bytes, { author: 1, readers: [3] });
    });
    world.pass(3 * requestMs);
    const blamed = world.audits[3]?.flatMap((event) =>
      event.e === "reject" && event.type === "NEW-VIEW" ? [event.from] : [],
    );
    expect(new Set(blamed), "nobody passes on what may convince it alone").toEqual(new Set([1]));
    world.wire(PASSES);
    world.pass(3 * requestMs);
    expect(world.views.slice(1)).toEqual([1, 1, 1]);
    expect(world.executed).toEqual([1, 1, 1, 1]);
  });

  test("believes certificates that are older than the keys of everybody", () => {
    const world = new ProvingCluster({ requestMs, checkpointInterval: 64 });
    world.ask(0);
    world.pass(70 * STATUS_MS);
    const keys = [0, 1, 2, 3].map((id) => world.sentBy(id, NEW_KEY).length);
    expect(Math.min(...keys)).toBeGreaterThanOrEqual(6);
    for (const id of [1, 2, 3]) world.restart(id);
    world.pass(4 * STATUS_MS);
    world.wire(({ from, to, bytes }) => (from === 0 || to === 0 ? null : bytes));
    world.ask(1, 2, 3);
    world.pass(4 * requestMs);
    expect(world.views.slice(1)).toEqual([1, 1, 1]);
    expect(world.executed.slice(1)).toEqual([2, 2, 2]);
  });
});

/** Four writes that nobody but these hear of, and then r1 alone can reach the one that lags. */
function lagBehind(world: ProvingCluster, lagging: number): void {
  const onWire = world.onWire;
  world.onWire = (delivery) => {
    const { from, to } = delivery;
    return from === lagging || to === lagging ? null : onWire(delivery);
  };
  for (let write = 0; write < 4; write++) {
    world.ask(0);
    world.pass(20);
  }
  world.onWire = (delivery) => {
    const { from, to } = delivery;
    const isCut = (to === lagging && from !== 1) || (from === lagging && to !== 1);
    return isCut ? null : onWire(delivery);
  };
}

const stable = ({ cores }: ProvingCluster) => cores.map((core) => core.status().stable);

test("protocols §22.3: who lags is convinced of a stable checkpoint by its proofs", () => {
  const world = new ProvingCluster({ checkpointInterval: 2 });
  lagBehind(world, 3);
  expect(stable(world)).toEqual([4, 4, 4, 0]);
  world.pass(6 * STATUS_MS);
  expect(stable(world)[3]).toBe(4);
  const types = new Set(world.sent.map(({ bytes }) => messageTypeOf(bytes)));
  for (const type of [PRE_PREPARE, CHECKPOINT, VOUCH]) expect(types.has(type)).toBe(true);
  expect(types.has(VIEW_CHANGE)).toBe(false);
});

test("protocols §22.1: its author's own vector stands in a proof, whatever else the author could say", () => {
  const world = new ProvingCluster({ checkpointInterval: 2 });
  // r3, bad, spoils r2's entry in every vouch: of three vouchers for what r1 says two are good.
  world.wire((delivery) => {
    const { from, bytes } = delivery;
    if (from !== 3 || !isOf(VOUCH, delivery)) return bytes;
    return spoiledFrame(bytes, { author: 3, readers: [2] });
  });
  lagBehind(world, 2);
  expect(stable(world)).toEqual([4, 4, 0, 4]);
  world.pass(6 * STATUS_MS);
  expect(stable(world)[2]).toBe(4);
});
