import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { claims, GENESIS, STATE, type Tuple, type Written } from "./claims.fixture.ts";
import { type Claims, type Selection, type SelectionRules, select } from "./selection.ts";

const RULES: SelectionRules = { quorum: 3, weakQuorum: 2, chosenMax: 2_048 };
const RULES_7: SelectionRules = { quorum: 5, weakQuorum: 3, chosenMax: 2_048 };

const [A, B] = ["a".repeat(64), "b".repeat(64)];

function choose(written: readonly Written[], rules = RULES): Selection | null {
  return select(written.map(claims), rules);
}

function chosenOf(
  written: readonly Written[],
  rules = RULES,
): readonly (readonly [number, string])[] | null {
  const selection = choose(written, rules);
  return selection && selection.chosen.map(({ sequence, digest }) => [sequence, digest]);
}

describe("protocols §20.4: the base", () => {
  const at = (sequence: number) => ({ sequence, digest: STATE });

  test("is the highest checkpoint that W have the state of", () => {
    const both = { c: [GENESIS, at(8)] };
    assert.deepEqual(choose([both, both, {}])?.base, at(8));
    assert.deepEqual(choose([both, {}, {}])?.base, GENESIS);
  });

  test("is not one that Q are beyond already, and nothing is chosen without any", () => {
    const both = { c: [GENESIS, at(8)] };
    assert.equal(choose([both, both, { h: 16, c: [at(16)] }]), null);
    assert.deepEqual(choose([{ c: [] }, { c: [] }, { c: [GENESIS] }]), null);
  });

  test("may be lower than a stable mark that one alone claims", () => {
    const far = { h: 100, c: [at(100)] };
    assert.deepEqual(choose([{}, {}, {}, far])?.base, GENESIS);
  });
});

describe("protocols §20.4: each number", () => {
  test("a prepared digest that a good replica pre-prepared is chosen", () => {
    assert.deepEqual(chosenOf([{ p: [[1, A, 0]] }, { q: [[1, A, 0]] }, {}]), [[1, A]]);
  });

  test("A2: what one alone says to be prepared is not believed, and not denied: more are awaited", () => {
    assert.deepEqual(chosenOf([{ p: [[1, A, 5]] }, {}, {}]), null);
    assert.deepEqual(chosenOf([{ p: [[1, A, 5]] }, {}, {}, {}]), []);
  });

  test("A2: pre-prepared in an earlier view than the claim is no support for it", () => {
    const old = { q: [[1, A, 1]] as const };
    assert.deepEqual(chosenOf([{ p: [[1, A, 2]] }, old, {}]), null);
    assert.deepEqual(chosenOf([{ p: [[1, A, 1]] }, old, {}]), [[1, A]]);
  });

  test("A1: an older claim is not chosen while a newer one may have committed", () => {
    const older = { p: [[1, A, 1]] as const };
    const newer = { p: [[1, B, 2]] as const };
    assert.deepEqual(chosenOf([older, older, newer, newer]), [[1, B]]);
    assert.deepEqual(chosenOf([older, newer, newer]), [[1, B]]);
    assert.deepEqual(chosenOf([older, older, newer]), null);
  });

  test("A1: who is beyond the number does not count: it may have executed something else there", () => {
    const older = { p: [[1, A, 0]] as const };
    const newer = { p: [[1, B, 1]] as const };
    const beyond = { h: 4, c: [{ sequence: 4, digest: STATE }] };
    assert.deepEqual(chosenOf([older, { q: [[1, A, 0]] }, newer, beyond]), null);
  });

  test("A1: another digest of the same view is not passed over", () => {
    const a = {
      p: [[1, A, 1]] as const,
      q: [
        [1, A, 1],
        [1, B, 1],
      ] as const,
    };
    const b = {
      p: [[1, B, 1]] as const,
      q: [
        [1, A, 1],
        [1, B, 1],
      ] as const,
    };
    assert.deepEqual(chosenOf([a, b, {}]), null);
    assert.deepEqual(chosenOf([a, b, {}, {}]), [[1, A]]);
  });

  test("every candidate of A comes before B: what Q never saw may still have committed", () => {
    const prepared = { p: [[1, A, 0]] as const };
    assert.deepEqual(chosenOf([prepared, { q: [[1, A, 0]] }, {}, {}]), [[1, A]]);
    // The candidate of the highest view fails A2; the next one is tried before B is.
    const liar = { p: [[1, B, 9]] as const };
    assert.deepEqual(chosenOf([liar, { p: [[1, A, 0]] }, { q: [[1, A, 0]] }, {}]), [[1, A]]);
  });

  test("B: who is beyond a number may have committed it, and does not make it free", () => {
    // n = 7, r5 and r6 are bad. r0, r1 and r2 executed 8; it is stable at r0, which forgot that 5
    // committed. r2 is not heard yet, so too few claim the checkpoint at 8.
    const eight = { sequence: 8, digest: STATE };
    const r0 = { h: 8, c: [eight] };
    const r1 = { c: [GENESIS, eight], p: [[5, A, 0]] as const };
    const [r3, r4, r5, r6] = [{}, {}, {}, {}];
    assert.deepEqual(choose([r0, r1, r3, r4, r5, r6], RULES_7), null);
    assert.deepEqual(choose([r0, r1, r1, r3, r4, r5, r6], RULES_7), { base: eight, chosen: [] });
  });

  test("nulls chosen by A stay at the end, those chosen by B fall off", () => {
    const prepared = { p: [[2, NULL_DIGEST, 1]] as const };
    assert.deepEqual(chosenOf([prepared, prepared, {}]), [
      [1, NULL_DIGEST],
      [2, NULL_DIGEST],
    ]);
    const liar = { p: [[2, NULL_DIGEST, 1]] as const, q: [] };
    assert.deepEqual(chosenOf([liar, {}, {}, {}]), []);
  });

  test("is chosen however far it lies above the base, and what only a liar names costs nothing", () => {
    const far = { p: [[300, A, 1]] as const };
    const chosen = chosenOf([far, far, {}]);
    assert.equal(chosen?.length, 300);
    assert.deepEqual(chosen?.at(-1), [300, A]);
    const liar = { p: [[Number.MAX_SAFE_INTEGER, A, 1]] as const };
    assert.deepEqual(chosenOf([liar, {}, {}, {}]), []);
  });

  test("two liars, one more than there may be, cannot make a choice that fits no message", () => {
    const liar = { p: [[Number.MAX_SAFE_INTEGER, A, 1]] as const };
    assert.equal(choose([liar, liar, {}]), null);
  });
});

const DIGESTS = [A, B, NULL_DIGEST];
const NUMBERS = [1, 2, 3, 4];
const VIEWS = 3;

const tuple = fc.tuple(fc.constantFrom(...NUMBERS), fc.constantFrom(...DIGESTS), fc.nat(VIEWS));

/** VIEW-CHANGEs that speak of the same few votes, or claims would hardly ever meet. */
const viewChanges = fc
  .array(tuple, { minLength: 1, maxLength: 5 })
  .chain((votes) => fc.array(claimsAbout(votes), { minLength: 3, maxLength: 4 }));

function claimsAbout(votes: readonly Tuple[]) {
  return fc
    .record({
      h: fc.constantFrom(0, 0, 0, 0, 2),
      c: fc.subarray([GENESIS, { sequence: 2, digest: A }, { sequence: 2, digest: STATE }], {
        minLength: 1,
      }),
      p: fc.subarray([...votes]),
      q: fc.subarray([...votes]),
    })
    .map(({ h, c, p, q }): Written => {
      const above = ([sequence]: Tuple) => sequence > h;
      const isOne = ([n]: Tuple, index: number, all: readonly Tuple[]) =>
        all.findIndex(([other]) => other === n) === index;
      return {
        h,
        c: c.filter(({ sequence }) => sequence >= h),
        p: p.filter(above).filter(isOne),
        q: q.filter(above),
      };
    });
}

test("protocols §20.4: the choice is the one that the rules, read word by word, allow", () => {
  let [decided, undecided] = [0, 0];
  fc.assert(
    fc.property(viewChanges, (all) => {
      const expected = oracle(all.map(claims));
      const selection = choose(all);
      if (expected) decided += 1;
      else undecided += 1;
      assert.deepEqual(selection, expected);
    }),
    { numRuns: 2_000 },
  );
  assert.ok(decided > 100 && undecided > 100, `${decided} decided, ${undecided} not`);
});

test("protocols §20.4: the order in which VIEW-CHANGEs came does not matter", () => {
  fc.assert(
    fc.property(viewChanges, (all) => {
      assert.deepEqual(choose(all.toReversed()), choose(all));
    }),
  );
});

/** All pairs, all quantifiers, the whole range: no thought spent on speed. */
function oracle(s: readonly Claims[]): Selection | null {
  const base = [{ sequence: 2, digest: STATE }, { sequence: 2, digest: A }, GENESIS]
    .sort((x, y) => y.sequence - x.sequence || (x.digest < y.digest ? -1 : 1))
    .find(
      (x) =>
        s.filter((m) => m.stable <= x.sequence).length >= 3 &&
        s.filter((m) =>
          m.checkpoints.some((y) => y.sequence === x.sequence && y.digest === x.digest),
        ).length >= 2,
    );
  if (!base) return null;
  const byA = new Map<number, string>();
  for (const n of NUMBERS.filter((number) => number > base.sequence)) {
    const digest = ruleA(s, n);
    if (digest !== null) byA.set(n, digest);
    else if (!ruleB(s, n)) return null;
  }
  const maxS = Math.max(base.sequence, ...byA.keys());
  const chosen = NUMBERS.filter((n) => n > base.sequence && n <= maxS).map((sequence) => ({
    sequence,
    digest: byA.get(sequence) ?? NULL_DIGEST,
  }));
  return { base, chosen };
}

function ruleA(s: readonly Claims[], n: number): string | null {
  for (let v = VIEWS; v >= 0; v--) {
    for (const d of DIGESTS.toSorted()) {
      const isNamed = s.some(
        (m) => m.prepared.get(n)?.digest === d && m.prepared.get(n)?.view === v,
      );
      const a1 = s.filter((m) => {
        const entry = m.prepared.get(n);
        const holds =
          entry === undefined || entry.view < v || (entry.view === v && entry.digest === d);
        return m.stable < n && holds;
      });
      const a2 = s.filter((m) => (m.prePrepared.get(n)?.get(d) ?? -1) >= v);
      if (isNamed && a1.length >= 3 && a2.length >= 2) return d;
    }
  }
  return null;
}

function ruleB(s: readonly Claims[], n: number): boolean {
  return s.filter((m) => m.stable < n && !m.prepared.has(n)).length >= 3;
}
