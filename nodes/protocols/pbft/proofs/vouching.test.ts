/** Whose word is taken for whom, and what it costs to refuse it (protocols §22.2). */
import { expect, test } from "vitest";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { PREPARE } from "../messages.ts";
import { type Saying, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";
import { isOf, ProvingCluster, STATUS_MS } from "./proving.fixture.ts";

const LIAR = 3;
const SAYING: Saying = { author: 1, type: PREPARE, view: 0, sequence: 1, name: "ab".repeat(32) };

/** r0, and what a VOUCH of r3 costs it in codes. */
function vouching() {
  const world = new ProvingCluster({ checkpointInterval: 4 });
  const keys = world.authenticatorOf(LIAR);
  const liar = new ProofVectors(world.cluster, new MacVectors(world.cluster, keys), keys);
  const status = () => world.cores[0]?.status();
  const costOf = (saying: Saying) => {
    const before = status()?.counters["checks"] ?? 0;
    world.deliver({ from: LIAR, to: 0, bytes: liar.seal(liar.vouchFor(saying), "all") });
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
