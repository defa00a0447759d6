/** What each level of knowing promises, and what it does not (protocols §19). */
import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { ALICE, RelayedWorld, statementOf } from "./relays.fixture.ts";
import { type K2, Relays } from "./relays.ts";

const D = statementOf("d");
const E = statementOf("e");

/** What a bad world does, drawn: the good replicas answer by their rules alone. */
const deeds = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ deed: fc.constant("say" as const), to: fc.nat(9), digest: fc.nat(2) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        deed: fc.constant("claim" as const),
        by: fc.nat(9),
        to: fc.nat(9),
        digest: fc.nat(2),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ deed: fc.constant("deliver" as const), index: fc.nat(50) }),
    },
  ),
  { maxLength: 60 },
);

type Deed = typeof deeds extends fc.Arbitrary<readonly (infer Each)[]> ? Each : never;

/** The last f replicas are bad; the author is a client, or replica `author`. */
function play(faultsMax: number, author: number, done: readonly Deed[]): RelayedWorld {
  const replicas = 3 * faultsMax + 1;
  const bad = Array.from({ length: faultsMax }, (_, index) => replicas - 1 - index);
  const world = new RelayedWorld(faultsMax, bad);
  const isGoodAuthor = world.good.has(author);
  for (const deed of done) {
    if (deed.deed === "deliver") world.deliver(deed.index);
    else {
      const statement = statementOf(`d${deed.digest}`, author);
      const to = deed.to % replicas;
      // A good author says one thing.
      if (deed.deed === "claim") world.claim(bad[deed.by % faultsMax] as number, to, statement);
      else if (!isGoodAuthor || deed.digest === 0) world.say(to, statement);
    }
  }
  if (isGoodAuthor) for (const to of world.good.keys()) world.say(to, statementOf("d0", author));
  world.deliverAll();
  return world;
}

for (const faultsMax of [1, 2]) {
  const bad = 3 * faultsMax;
  const name = `n = ${3 * faultsMax + 1}`;

  test(`protocols §19.3: nobody is certain of what a good author did not say (${name})`, () => {
    fc.assert(
      fc.property(deeds, (done) => {
        const world = play(faultsMax, 0, done);
        for (const relays of world.good.values()) {
          for (const digest of ["d1", "d2"]) {
            assert.equal(relays.certain(statementOf(digest, 0)), null);
            assert.equal(relays.spread(statementOf(digest, 0)), null);
          }
          assert.ok(relays.spread(statementOf("d0", 0)), "what it said is known to all in the end");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  for (const [whose, author] of [
    ["replica", bad],
    ["client", ALICE],
  ] as const) {
    test(`protocols §19.3: what one good replica has at K2 all have at K1 in the end (${name}, a bad ${whose})`, () => {
      fc.assert(
        fc.property(deeds, (done) => {
          const world = play(faultsMax, author, done);
          const everybody = [...world.good.values()];
          for (const digest of ["d0", "d1", "d2"]) {
            const statement = statementOf(digest, author);
            if (!everybody.some((relays) => relays.spread(statement))) continue;
            assert.ok(everybody.every((relays) => relays.certain(statement)));
            assert.ok(
              everybody.every((relays) => relays.spread(statement)),
              "and by then at K2",
            );
          }
        }),
        { numRuns: 4_000 },
      );
    });
  }
}

/** Nothing, one digest, or both in either order: what a bad author may tell a good replica. */
const TOLD = [[], [D], [E], [D, E], [E, D]] as const;

const WAYS = TOLD.flatMap((first) =>
  TOLD.flatMap((second) => TOLD.map((third) => [first, second, third])),
);

test("protocols §19.2: totality holds in all 125 ways in which a bad author tells three replicas two things", () => {
  let spread = 0;
  for (const way of WAYS) {
    const world = new RelayedWorld(1, [3]);
    for (const [to, told] of way.entries()) {
      for (const { digest } of told) world.say(to, statementOf(digest, 3));
    }
    world.deliverAll();
    for (const { digest } of [D, E]) {
      const statement = statementOf(digest, 3);
      const at = [...world.good.values()].filter((relays) => relays.spread(statement)).length;
      if (at > 0) spread += 1;
      assert.ok(at === 0 || at === 3, JSON.stringify(way));
    }
  }
  assert.ok(spread > 0);
});

test("protocols §19.3: at K1 nothing is total: a bad author tells one replica alone", () => {
  const world = new RelayedWorld(1, [3]);
  const statement = statementOf("d", 3);
  world.say(1, statement);
  world.deliverAll();
  assert.ok(world.of(1).certain(statement));
  assert.equal(world.of(1).spread(statement), null);
  assert.equal(world.of(0).certain(statement), null);
  assert.equal(world.of(2).certain(statement), null);
});

test("protocols §19.2: an author that relays itself is no second witness", () => {
  const relays = new RelayedWorld(1, [3]).of(0);
  const statement = statementOf("d", 3);
  relays.hear(statement);
  relays.hearOf(3, statement);
  assert.equal(relays.vouchers(statement), 2);
  assert.equal(relays.hearOf(2, statement), false);
  assert.ok(relays.spread(statement), "itself, r2, and the author that it heard");
});

test("protocols §19.2: of a client's message the vouchers are replicas, all of them", () => {
  const relays = new RelayedWorld(1, []).of(0);
  relays.hear(D);
  relays.hearOf(1, D);
  assert.ok(relays.certain(D));
  assert.equal(relays.spread(D), null);
  relays.hearOf(2, D);
  assert.ok(relays.spread(D));
});

test("protocols §19.2: the first digest that came directly is relayed, a later one on f+1 relays", () => {
  const relays = new RelayedWorld(1, []).of(0);
  assert.equal(relays.hear(D), true);
  assert.equal(relays.hear(E), false);
  assert.equal(relays.hearOf(1, E), false);
  assert.equal(relays.hearOf(1, E), false, "the same one again is no second replica");
  assert.equal(relays.hearOf(2, E), true);
  assert.ok(relays.isRelayed(D) && relays.isRelayed(E));
});

test("protocols §19.2: what was relayed on the word of others does not keep the first direct one back", () => {
  const relays = new RelayedWorld(1, []).of(0);
  relays.hearOf(1, E);
  assert.equal(relays.hearOf(2, E), true);
  assert.equal(relays.hear(D), true);
});

test("protocols §19.4: a relayer that speaks of too many authors, slots or digests forgets its own words", () => {
  const relays = new Relays(0, { replicas: 4, faultsMax: 1 }, { authorsMax: 2, slotsMax: 1 });
  for (const digest of ["d", "e", "f", "g", "h"]) relays.hearOf(1, { ...D, digest });
  assert.equal(relays.size, 4);
  relays.hearOf(1, { ...D, slot: 9 });
  assert.equal(relays.size, 1, "the highest slot alone");
  relays.hearOf(1, { ...D, slot: 3 });
  for (const author of [4, 5, 6]) relays.hearOf(1, { ...D, author: ALICE + author });
  assert.equal(relays.size, 2);
  relays.hearOf(2, D);
  assert.equal(relays.size, 3, "another's words stay");
});

test("protocols §19.4: of many authors the oldest go some at a time", () => {
  const relays = new Relays(0, { replicas: 4, faultsMax: 1 }, { authorsMax: 640, slotsMax: 1 });
  const relay = (author: number) => relays.hearOf(1, { ...D, author: ALICE + author });
  for (let author = 0; author < 650; author++) relay(author);
  assert.equal(relays.size, 650);
  relay(650);
  assert.equal(relays.size, 640);
  const isKept = (author: number) => relays.relayers({ ...D, author: ALICE + author }).length > 0;
  assert.deepEqual([10, 11].map(isKept), [false, true]);
});

test("protocols §19.4: an awaited slot stays, however many higher ones come", () => {
  const limits = { authorsMax: 4, slotsMax: 2, awaited: () => 5 };
  const relays = new Relays(0, { replicas: 4, faultsMax: 1 }, limits);
  for (const slot of [5, 7, 6, 9]) relays.hear({ author: 2, slot, digest: "d" });
  const kept = [5, 6, 7, 9].filter((slot) => relays.certain({ author: 2, slot, digest: "d" }));
  assert.deepEqual(kept, [5, 9]);
});

test("protocols §19.4: relayed is what is awaited, what others relayed early once it is awaited", () => {
  let awaited = 5;
  const limits = { authorsMax: 4, slotsMax: 2, awaited: () => awaited };
  const relays = new Relays(0, { replicas: 4, faultsMax: 1 }, limits);
  const said = (slot: number) => ({ author: 2, slot, digest: "d" });
  assert.deepEqual(
    [said(5), said(7)].map((each) => relays.hear(each)),
    [true, false],
  );
  for (const by of [1, 3]) assert.equal(relays.hearOf(by, said(8)), false);
  assert.deepEqual(relays.due(), []);
  awaited = 8;
  assert.deepEqual(relays.due(), [said(8)]);
  assert.deepEqual(relays.due(), [], "told once");
  assert.deepEqual(
    [5, 7, 8].map((slot) => relays.isRelayed(said(slot))),
    [true, false, true],
  );
});

test("protocols §19.1: K1 does not compile where K2 is asked for", () => {
  const relays = new RelayedWorld(1, []).of(0);
  const admit = (known: K2) => known.digest;
  relays.hear(D);
  const known = relays.certain(D);
  assert.ok(known);
  // @ts-expect-error others may never be certain of it
  assert.equal(admit(known), "d");
  // @ts-expect-error nor does what anybody claims
  assert.equal(admit(D), "d");
});
