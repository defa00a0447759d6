import fc from "fast-check";
import { expect, test } from "vitest";
import { LoggedPages } from "../../nodes/protocols/state/logged-pages.ts";
import type { Entry } from "../../nodes/protocols/state/page.ts";
import { PageTree } from "../../nodes/protocols/state/page-tree.ts";
import { valueName } from "../observations/value-name.ts";
import { sha256, storedStates } from "./stored-states.ts";

const tree = new PageTree(sha256);
const replicated = { digestOf: sha256, protocol: "pbft-sig" };
const text = new TextEncoder();

/** A key of the service, as it stands in the tree. */
function entryOf(key: string, value: string): Entry {
  return { key: Buffer.concat([Buffer.of(0), text.encode(key)]), value: text.encode(value) };
}

function clientOf(client: number, t: number): Entry {
  const key = Buffer.alloc(5, 1);
  key.writeUInt32BE(client, 1);
  const value = Buffer.alloc(9);
  value.writeBigUInt64BE(BigInt(t));
  return { key, value };
}

function recordsOf(states: readonly (readonly Entry[])[]): readonly Uint8Array[] {
  const logged = new LoggedPages();
  return states.flatMap((entries, index) => {
    const root = tree.of(entries);
    const snapshot = Buffer.alloc(9, 1);
    snapshot.writeBigUInt64BE(BigInt(index + 1), 1);
    return [
      ...logged.missing(root).map((page) => Buffer.concat([Buffer.of(9), page])),
      Buffer.concat([snapshot, Buffer.from(root.digest, "hex")]),
    ];
  });
}

test("of states of any size the digest is found again, from their entries alone", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 60 });
  const lengths = fc.constantFrom(0, 1, 300, 5_000, 20_000);
  fc.assert(
    fc.property(names, lengths, (keys, length) => {
      const entries = keys.map((key) => entryOf(key, "v".repeat(length)));
      const [state] = storedStates(recordsOf([[...entries, clientOf(7, 9)]]), replicated);
      expect(state?.found).toBe(state?.digest);
      const held = new Map(Object.entries(state?.values ?? {}));
      expect(held).toEqual(new Map(keys.map((key) => [key, valueName("v".repeat(length))])));
      expect(state?.clients).toEqual({ 7: 9 });
    }),
    { numRuns: 60 },
  );
});

test("a key that every object knows is a key like any other", () => {
  const keys = ["__proto__", "constructor", "toString"];
  const [state] = storedStates(recordsOf([keys.map((key) => entryOf(key, "x"))]), replicated);
  const kept: unknown = JSON.parse(JSON.stringify(state?.values));
  const held = new Map(Object.entries(kept ?? {}));
  expect(held).toEqual(new Map(keys.map((key) => [key, valueName("x")])));
});

test("of a log the two newest states are told, with pages that older ones have written", () => {
  const shared = Array.from({ length: 200 }, (_, key) => entryOf(`k${key}`, "x".repeat(900)));
  const states = ["a", "b", "c"].map((value) => [...shared, entryOf("last", value)]);
  const told = storedStates(recordsOf(states), replicated);
  expect(told.map(({ n, found, digest }) => [n, found === digest])).toEqual([
    [2, true],
    [3, true],
  ]);
  expect(told.map(({ values }) => values["last"])).toEqual(["b", "c"].map(valueName));
});

test("a page that is gone, or another one in its place, is found", () => {
  const [page, snapshot] = recordsOf([[entryOf("a", "x")]]);
  if (page === undefined || snapshot === undefined) throw new Error("a state is two records");
  expect(storedStates([snapshot], replicated)).toMatchObject([{ found: null }]);
  const changed = Uint8Array.from(page).fill(0x79, -1);
  expect(storedStates([changed, snapshot], replicated)).toMatchObject([{ found: null }]);
  expect(storedStates([page.subarray(0, -2), snapshot], replicated)).toMatchObject([
    { found: null },
  ]);
});
