/** What a replica asks others to vouch for, and when (protocols §22.2). */
import { describe, expect, test } from "vitest";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { Content } from "../../authentication/scheme.ts";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { clientId } from "../../contract/core.ts";
import {
  CHECKPOINT,
  COMMIT,
  encodeCheckpoint,
  encodeViewChange,
  encodeVote,
  PREPARE,
  VIEW_CHANGE,
} from "../messages.ts";
import { encodeProve, PROVE, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";
import { isOf, ProvingCluster, STATUS_MS, spoiledFrame } from "./proving.fixture.ts";

const LIAR = 3;
const CLIENT = clientId({ host: 0, index: 1 });

function scheme(world: ProvingCluster, id: number): ProofVectors {
  const keys = world.authenticatorOf(id);
  return new ProofVectors(world.cluster, new MacVectors(world.cluster, keys), keys);
}

/** r3 says it to r0, and to nobody else. */
function tell(world: ProvingCluster, content: Content, to = 0): void {
  world.deliver({ from: LIAR, to, bytes: scheme(world, LIAR).seal(content, "all") });
}

function checkpoint(sequence: number): Content {
  return { type: CHECKPOINT, payload: encodeCheckpoint({ sequence, digest: NULL_DIGEST }) };
}

/** Messages of r3 that r0 asked the two others about: how many times. */
function asked(world: ProvingCluster): number {
  return world.provedBy(0).filter(({ author }) => author === LIAR).length;
}

function malformed(world: ProvingCluster): number {
  return world.cores[0]?.status().rejected["PROVE:malformed"] ?? 0;
}

describe("protocols §22.2: who lacks vouchers asks for them", () => {
  test("half a period after it heard the message, and until it is proved", () => {
    const world = new ProvingCluster();
    const askedUntil = (ms: number) => {
      world.run(() => false, ms);
      return asked(world);
    };
    // The periods of all are over at multiples of one.
    world.at(STATUS_MS - 10, () => tell(world, checkpoint(64)));
    expect(askedUntil(STATUS_MS + 10)).toBe(0);
    expect(askedUntil(2 * STATUS_MS + 10)).toBe(2);
    expect(askedUntil(5 * STATUS_MS)).toBe(2);
  });

  test("again in each period in which nobody answers", () => {
    const world = new ProvingCluster();
    world.wire((delivery) => (isOf(PROVE, delivery) ? null : delivery.bytes));
    tell(world, checkpoint(64));
    world.pass(3 * STATUS_MS);
    expect(asked(world)).toBe(6);
  });

  test("of 32 messages in a period", () => {
    const world = new ProvingCluster();
    for (let number = 1; number <= 40; number++) tell(world, checkpoint(64 * number));
    world.pass(STATUS_MS);
    expect(asked(world)).toBe(2 * 32);
    world.pass(STATUS_MS);
    expect(asked(world)).toBe(2 * 40);
  });

  test("of each author in its turn: what a liar cannot have proved stands in nobody's way", () => {
    const world = new ProvingCluster();
    // r3, bad, tells each reader other checkpoints far ahead, and spoils the entries of the others.
    for (const to of [0, 1, 2]) {
      for (let number = 1; number <= 40; number++) {
        const vote = { sequence: 64 * number, digest: `${to}`.repeat(64) };
        const content = { type: CHECKPOINT, payload: encodeCheckpoint(vote) };
        const readers = [0, 1, 2].filter((id) => id !== to);
        const frame = scheme(world, LIAR).seal(content, "all");
        world.deliver({ from: LIAR, to, bytes: spoiledFrame(frame, { author: LIAR, readers }) });
      }
    }
    let isLost = true;
    world.wire((delivery) =>
      delivery.from === LIAR || (isLost && isOf(VOUCH, delivery)) ? null : delivery.bytes,
    );
    world.ask(0);
    world.pass(20);
    isLost = false;
    world.pass(3 * STATUS_MS);
    expect(world.executed.slice(0, 3)).toEqual([1, 1, 1]);
  });

  test("of one author what was asked for least often: what cannot be proved holds up nothing", () => {
    const world = new ProvingCluster();
    world.wire((delivery) => (isOf(PROVE, delivery) ? null : delivery.bytes));
    for (let number = 1; number <= 40; number++) tell(world, checkpoint(64 * number));
    world.pass(2 * STATUS_MS);
    expect(new Set(world.provedBy(0).map(({ sequence }) => sequence)).size).toBe(40);
  });

  test("and not once a checkpoint behind it is stable", () => {
    const world = new ProvingCluster({ checkpointInterval: 2 });
    tell(world, checkpoint(2));
    for (const _ of [1, 2]) {
      world.ask(0);
      world.pass(15);
    }
    expect(world.cores[0]?.status().stable).toBe(2);
    world.pass(3 * STATUS_MS);
    expect(asked(world)).toBe(0);
  });

  test("and not of a vote for what is prepared without it", () => {
    const world = new ProvingCluster();
    world.wire((delivery) => {
      const vouch = world.vouchIn(delivery);
      return vouch?.author === LIAR && vouch.type === PREPARE ? null : delivery.bytes;
    });
    world.ask(0);
    world.pass(3 * STATUS_MS);
    expect(world.executed).toEqual([1, 1, 1, 1]);
    expect(asked(world)).toBe(0);
  });

  test("of a VIEW-CHANGE as the primary of its view, and nobody else", () => {
    const world = new ProvingCluster({ requestMs: 6 * STATUS_MS });
    world.wire((delivery) => {
      const { from, to, bytes } = delivery;
      return from === 0 || to === 0 || isOf(VOUCH, delivery) ? null : bytes;
    });
    world.ask(1, 2, 3);
    world.pass(10 * STATUS_MS);
    expect(world.views.slice(1)).toEqual([1, 1, 1]);
    const askers = [1, 2, 3].filter((id) =>
      world.provedBy(id).some(({ type }) => type === VIEW_CHANGE),
    );
    expect(askers).toEqual([1]);
    expect(world.sentBy(1, VOUCH).filter(({ to }) => to === 1)).toEqual([]);
  });

  test("and not of one for another view than its own", () => {
    const world = new ProvingCluster();
    const message = { view: 1, stable: 0, checkpoints: [], prepared: [] };
    const content = { type: VIEW_CHANGE, payload: encodeViewChange(message) };
    for (const to of [0, 1]) tell(world, content, to);
    expect(world.vouchedBy(0).map(({ type }) => type)).toEqual([VIEW_CHANGE]);
    world.pass(3 * STATUS_MS);
    expect([0, 1].flatMap((id) => world.sentBy(id, PROVE))).toEqual([]);
  });
});

test("protocols §22.2: of what comes with its proof nobody is asked any more", () => {
  const world = new ProvingCluster();
  world.wire((delivery) => (isOf(VOUCH, delivery) ? null : delivery.bytes));
  tell(world, checkpoint(64));
  world.pass(2 * STATUS_MS);
  const before = asked(world);
  expect(before).toBeGreaterThan(0);
  const liar = scheme(world, LIAR);
  const message = liar.open(liar.seal(checkpoint(64), "all"));
  if (message === null) throw new Error("what is sealed opens");
  const vectors = [1, 2].map((voucher) => {
    const own = scheme(world, voucher);
    return [voucher, own.vectorOf(own.vouchFor(own.sayingOf(message)))] as const;
  });
  const proof = liar.proof(message, new Map([...vectors, [LIAR, message.authentication]]));
  world.deliver({ from: 1, to: 0, bytes: proof });
  world.pass(3 * STATUS_MS);
  expect(asked(world)).toBe(before);
});

test("protocols §22.2: what is heard again is vouched for once", () => {
  const world = new ProvingCluster();
  for (const _ of [1, 2]) tell(world, checkpoint(64));
  expect(world.vouchedBy(0).map(({ author, sequence }) => [author, sequence])).toEqual(
    [1, 2, 3].map(() => [LIAR, 64]),
  );
});

test("protocols §22.2: PROVE is about a bare message that may have to be shown, as others may bring it", () => {
  const world = new ProvingCluster();
  const liar = scheme(world, LIAR);
  const bare = liar.seal(checkpoint(64), "all");
  const message = liar.open(bare);
  if (message === null) throw new Error("what is sealed opens");
  const vectors = [1, 2, LIAR].map((voucher) => [voucher, message.authentication] as const);
  const vote = { view: 0, sequence: 1, digest: NULL_DIGEST };
  const prepare = liar.open(liar.seal({ type: PREPARE, payload: encodeVote(vote) }, "all"));
  if (prepare === null) throw new Error("what is sealed opens");
  const commit = { type: COMMIT, payload: checkpoint(64).payload };
  const frames = {
    bare,
    "not to be shown": liar.seal(commit, "all"),
    "with an attachment": liar.seal(checkpoint(64), "all", Uint8Array.of(1)),
    "with a proof": liar.proof(message, new Map(vectors)),
    "of what no other tells, with one": liar.proof(prepare, new Map(vectors)),
    "of no replica": scheme(world, CLIENT).seal(checkpoint(64), "all"),
  };
  const refused = Object.entries(frames).flatMap(([what, frame]) => {
    const before = malformed(world);
    world.say(LIAR, 0, { type: PROVE, payload: encodeProve(frame) });
    return malformed(world) > before ? [what] : [];
  });
  expect(refused).toEqual([
    "not to be shown",
    "with an attachment",
    "of what no other tells, with one",
    "of no replica",
  ]);
  expect(world.vouchedBy(0).every(({ author }) => author === LIAR)).toBe(true);
});

test("protocols §22.2: nobody vouches for what it said itself", () => {
  const world = new ProvingCluster();
  const prove = (author: number) => {
    const frame = scheme(world, author).seal(checkpoint(64), "all");
    world.say(LIAR, 1, { type: PROVE, payload: encodeProve(frame) });
    return world.sentBy(1, VOUCH).length;
  };
  expect(prove(1)).toBe(0);
  expect(prove(2)).toBe(1);
});
