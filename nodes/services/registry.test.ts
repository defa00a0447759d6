/** What every service of the registry owes those who judge it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Operation, ServiceDefinition } from "../protocols/contract/service.ts";
import { models, services } from "../registry.ts";
import { kv } from "./kv.ts";
import { anyOperationOf } from "./operations.fixture.ts";

const OPTIONS = { argumentBytes: 3, resultBytes: 0 };

/** Two operations with the same bytes that differ, or with other bytes that do not. */
function confused({
  encode,
  operations,
}: Pick<ServiceDefinition, "encode" | "operations">): unknown {
  const bytesOf = (operation: Operation) => Buffer.from(encode(operation, OPTIONS)).toString("hex");
  const any = anyOperationOf({ operations });
  const result = fc.check(
    fc.property(any, any, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      return (bytesOf(one) === bytesOf(other)) === same;
    }),
    { numRuns: 20_000 },
  );
  return result.counterexample;
}

describe.each(services)("$name", (service) => {
  test("other operations have other bytes, equal ones the same", () => {
    expect(confused(service)).toBeNull();
  });

  test("can be asked without being changed, by a read or by an operation that does nothing", () => {
    expect(service.operations.some((kind) => kind === "read" || kind === "null")).toBe(true);
  });

  test("has a model if it keeps anything that could be read, which `check` knows as well", () => {
    const keeps = service.operations.some((kind) => kind !== "null");
    expect(service.model !== null).toBe(keeps);
    expect(service.model === null || models.includes(service.model)).toBe(true);
  });
});

test("models have names of their own", () => {
  expect(new Set(models.map(({ name }) => name)).size).toBe(models.length);
});

describe("an encoding that confuses operations is found", () => {
  test.each<[string, (operation: Operation) => Operation]>([
    [
      "a cas that forgets what it expects",
      (one) => (one.f === "cas" ? { ...one, value: [null, one.value[1]] } : one),
    ],
    [
      "keys cut to two letters",
      (one) => (one.f === "null" ? one : { ...one, key: one.key.slice(0, 2) }),
    ],
    [
      "an append that looks like a write",
      (one) => (one.f === "append" ? { ...one, f: "write" } : one),
    ],
    [
      "key and value without a border",
      (one) => (one.f === "write" ? { ...one, key: one.key + one.value, value: "" } : one),
    ],
  ])("%s", (_what, blurred) => {
    const encode = (operation: Operation) => kv.encode(blurred(operation), OPTIONS);
    expect(confused({ ...kv, encode })).not.toBeNull();
  });
});
