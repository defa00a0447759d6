import { expect, test } from "vitest";
import { heldState } from "./held-state.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function holding(values: Readonly<Record<string, string>>) {
  return {
    *entries() {
      for (const [key, value] of Object.entries(values)) {
        yield { key: bytes(key), value: bytes(value) };
      }
    },
  };
}

const DIGEST = "d".repeat(64);

test("equal states have one name, in whatever order they are told", () => {
  const one = heldState(holding({ a: "1", b: "2" }), DIGEST);
  expect(heldState(holding({ b: "2", a: "1" }), DIGEST)).toBe(one);
});

test.each([
  ["a value", { a: "1", b: "3" }, DIGEST],
  ["a key", { a: "1" }, DIGEST],
  ["what the replica's own digest covers besides", { a: "1", b: "2" }, "e".repeat(64)],
])("another name where they differ in %s", (_, values, digest) => {
  const one = heldState(holding({ a: "1", b: "2" }), DIGEST);
  expect(heldState(holding(values), digest)).not.toBe(one);
});
