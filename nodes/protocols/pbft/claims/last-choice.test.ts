import { expect, test } from "vitest";
import { claims, GENESIS } from "./claims.fixture.ts";
import { LastChoice } from "./last-choice.ts";
import type { PreparedClaim } from "./selection.ts";

const A = "a".repeat(64);

/** P, and how often it was read through. */
class ReadClaims extends Map<number, PreparedClaim> {
  reads = 0;

  override keys(): MapIterator<number> {
    this.reads += 1;
    return super.keys();
  }
}

test("protocols §20.5: the choice is made anew whenever S is another one, and only then", () => {
  const prepared = new ReadClaims([[1, { digest: A, view: 0 }]]);
  const said = (name: string) => ({
    digest: name,
    claims: { ...claims({ q: [[1, A, 0]] }), prepared },
  });
  const choice = new LastChoice({ quorum: 3, weakQuorum: 2, chosenMax: 64 });
  const three = ["r0", "r1", "r2"].map(said);
  expect(choice.from(three.slice(0, 2))).toBeNull();
  const first = choice.from(three);
  expect(first).toEqual({ base: GENESIS, chosen: [{ sequence: 1, digest: A }] });
  const { reads } = prepared;
  expect(choice.from(three)).toBe(first);
  expect(prepared.reads).toBe(reads);
  choice.from([...three, said("r3")]);
  expect(prepared.reads).toBeGreaterThan(reads);
});
