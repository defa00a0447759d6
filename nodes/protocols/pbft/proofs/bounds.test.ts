/** What a liar can make a replica keep (protocols §22.2). */
import { expect, test } from "vitest";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { Writer } from "../../wire/codec.ts";
import { encodeVote, PREPARE, VIEW_CHANGE } from "../messages.ts";
import { Provers } from "./proofs.fixture.ts";
import { Proving } from "./proving.ts";
import { Provings } from "./provings.ts";
import { Vouches } from "./vouches.ts";

const provers = new Provers(1);

function provingOf(author: number, type: number, number: number): Proving {
  const payload =
    type === VIEW_CHANGE
      ? new Writer(64).u64(number).u64(0).finish()
      : encodeVote({ view: 0, sequence: number, digest: NULL_DIGEST });
  return new Proving(provers.of(0), provers.message(author, { type, payload }), 0);
}

test("of an author so many votes and four messages about views: its own oldest go", () => {
  const provings = new Provings(8);
  const honest = [provingOf(1, PREPARE, 1), provingOf(1, VIEW_CHANGE, 1)];
  for (const each of honest) provings.keep(each);
  const lies = Array.from({ length: 50 }, (_, number) => [
    provingOf(3, PREPARE, number + 1),
    provingOf(3, VIEW_CHANGE, number + 1),
  ]).flat();
  for (const each of lies) provings.keep(each);
  expect(provings.size).toBe(2 + 8 + 4);
  for (const each of [...honest, ...lies.slice(-2)]) {
    expect(provings.named(each.saying)).toBe(each);
  }
});

test("of a voucher so many words about what was not heard: its own oldest go", () => {
  const vouches = new Vouches(16);
  const vector = new Uint8Array(60);
  const saying = (number: number) => provingOf(1, PREPARE, number).saying;
  vouches.keep(2, { saying: saying(1), vector });
  for (let number = 1; number <= 50; number++) vouches.keep(3, { saying: saying(number), vector });
  expect(vouches.size).toBe(17);
  expect(vouches.has(2, saying(1).name)).toBe(true);
  expect(vouches.has(3, saying(34).name)).toBe(false);
  expect(vouches.take(saying(50))).toEqual([[3, vector]]);
  expect(vouches.has(3, saying(50).name)).toBe(false);
});

test("a word for another slot is none for this one, whatever content it names", () => {
  const known = provingOf(1, PREPARE, 1);
  const elsewhere = [
    { ...known.saying, sequence: 2 },
    { ...known.saying, view: 1 },
  ];
  const provings = new Provings(8);
  provings.keep(known);
  expect(elsewhere.map((saying) => provings.named(saying))).toEqual([undefined, undefined]);
  const vouches = new Vouches(8);
  const vector = new Uint8Array(48);
  for (const [at, saying] of elsewhere.entries()) vouches.keep(2 + at, { saying, vector });
  expect(vouches.take(known.saying)).toEqual([]);
});
