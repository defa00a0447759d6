/** Whose word is taken for whom, and what it costs to refuse it (protocols §22.2). */
import { expect, test } from "vitest";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { NEW_VIEW, PRE_PREPARE, PREPARE, VIEW_CHANGE } from "../messages.ts";
import { type Saying, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";
import { isOf, ProvingCluster, STATUS_MS } from "./proving.fixture.ts";

const LIAR = 3;
const SAYING: Saying = { author: 1, type: PREPARE, view: 0, sequence: 1, name: "ab".repeat(32) };

/** A replica, and what a VOUCH of r3 costs it in codes. */
function vouching(world = new ProvingCluster({ checkpointInterval: 4 }), to = 0) {
  const keys = world.authenticatorOf(LIAR);
  const liar = new ProofVectors(world.cluster, new MacVectors(world.cluster, keys), keys);
  const status = () => world.cores[to]?.status();
  const costOf = (saying: Saying) => {
    const before = status()?.counters["checks"] ?? 0;
    world.deliver({ from: LIAR, to, bytes: liar.seal(liar.vouchFor(saying), "all") });
    return (status()?.counters["checks"] ?? 0) - before;
  };
  return { costOf, rejected: () => status()?.rejected ?? {} };
}

test("a VOUCH is looked at once, and what is over or beyond the window is not", () => {
  const { costOf } = vouching();
  expect([costOf(SAYING), costOf(SAYING)]).toEqual([1, 0]);
  const other = "cd".repeat(32);
  expect([0, 10_000].map((sequence) => costOf({ ...SAYING, sequence, name: other }))).toEqual([
    0, 0,
  ]);
});

test("a VOUCH for what belongs to a view that was left, or was entered, is over", () => {
  const world = new ProvingCluster({ requestMs: 6 * STATUS_MS });
  world.wire(({ from, to, bytes }) => (from === 0 || to === 0 ? null : bytes));
  world.ask(1, 2, 3);
  world.pass(12 * STATUS_MS);
  expect(world.views.slice(1)).toEqual([1, 1, 1]);
  const { costOf } = vouching(world, 1);
  const costs = (view: number) =>
    [PREPARE, NEW_VIEW, VIEW_CHANGE].map((type, at) => {
      const sequence = type === PREPARE ? 9 : 0;
      const name = `${view}${at}`.repeat(32);
      return costOf({ author: 2, type, view, sequence, name });
    });
  expect([costs(0), costs(1), costs(2)]).toEqual([
    [0, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
  ]);
});

test("a VOUCH of who has vouched, or for what is proved, is not looked at", () => {
  const world = new ProvingCluster({ checkpointInterval: 4 });
  // r0 hears nobody's word for its PRE-PREPARE but what r3 is made to say.
  world.wire((delivery) => (isOf(VOUCH, delivery) && delivery.to === 0 ? null : delivery.bytes));
  world.ask(0);
  world.pass(5);
  const [saying] = world.vouchedBy(1).filter(({ type }) => type === PRE_PREPARE);
  if (saying === undefined) throw new Error("r1 vouches for the PRE-PREPARE");
  const { costOf } = vouching(world);
  expect([costOf(saying), costOf(saying)]).toEqual([1, 0]);
  const [prepare] = world.vouchedBy(1).filter((each) => each.type === PREPARE && each.author === 2);
  if (prepare === undefined) throw new Error("r1 vouches for r2's PREPARE");
  expect([costOf(prepare), costOf(prepare)]).toEqual([1, 0]);
});

test("an author vouches for nothing of its own: its message is its word", () => {
  const { costOf } = vouching();
  expect(costOf({ ...SAYING, author: LIAR })).toBe(0);
});

test("nobody vouches for a replica that there is not", () => {
  const { costOf, rejected } = vouching();
  expect(costOf({ ...SAYING, author: 4 })).toBe(0);
  expect(rejected()["VOUCH:malformed"]).toBe(1);
});

test("asked are those whose word is lacking, and nobody else", () => {
  const world = new ProvingCluster();
  world.wire((delivery) => (isOf(VOUCH, delivery) ? null : delivery.bytes));
  world.ask(0);
  world.pass(STATUS_MS);
  // Of each message r1 has its author's word and its own: so it asks the two others, of its own
  // PREPARE all three.
  const asked = world.provedBy(1).map(({ to, author }) => `${author}: ${to}`);
  expect([...new Set(asked)].sort()).toEqual([
    "0: 2",
    "0: 3",
    "1: 0",
    "1: 2",
    "1: 3",
    "2: 0",
    "2: 3",
    "3: 0",
    "3: 2",
  ]);
});
