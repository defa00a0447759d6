import fc from "fast-check";
import { expect, test } from "vitest";
import {
  KEY_BYTES_MAX,
  OPERATION_BYTES_MAX,
  RESULT_BYTES_MAX,
  VALUE_BYTES_MAX,
} from "../protocols/contract/limits.ts";
import type {
  Operation,
  Service,
  ServiceDefinition,
  ServiceOptions,
} from "../protocols/contract/service.ts";
import { services } from "../registry.ts";
import { kv } from "./kv.ts";
import { nullService } from "./null.ts";
import { nullKv } from "./null-kv.ts";

const options: ServiceOptions = { argumentBytes: 5, resultBytes: 7 };

/** Ascending by key, as text. */
function contentOf(service: Service): (readonly [key: string, value: string])[] {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  return [...service.entries()]
    .map(({ key, value }) => [text(key), text(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function startMap() {
  const service = kv.create(options);
  return {
    service,
    run: (operation: Operation) =>
      kv.decode(operation, service.execute(kv.encode(operation, options))),
  };
}

test("kv: each operation answers as a map would", () => {
  const { run } = startMap();
  expect(run({ f: "read", key: "x" })).toEqual({ ok: true, value: null });
  expect(run({ f: "write", key: "x", value: "1" })).toEqual({ ok: true, value: null });
  expect(run({ f: "append", key: "x", value: "é€" })).toEqual({ ok: true, value: null });
  expect(run({ f: "read", key: "x" })).toEqual({ ok: true, value: "1é€" });
  expect(run({ f: "cas", key: "x", value: ["1", "2"] })).toEqual({ ok: false, value: null });
  expect(run({ f: "cas", key: "x", value: ["1é€", "2"] })).toEqual({ ok: true, value: null });
  expect(run({ f: "cas", key: "y", value: [null, ""] })).toEqual({ ok: true, value: null });
  expect(run({ f: "cas", key: "y", value: [null, "z"] })).toEqual({ ok: false, value: null });
  expect(run({ f: "read", key: "y" })).toEqual({ ok: true, value: "" });
  expect(run({ f: "delete", key: "x" })).toEqual({ ok: true, value: null });
  expect(run({ f: "read", key: "x" })).toEqual({ ok: true, value: null });
});

test("kv: an append to an absent key writes it", () => {
  const { run } = startMap();
  run({ f: "append", key: "new", value: "a" });
  expect(run({ f: "read", key: "new" })).toEqual({ ok: true, value: "a" });
});

test("kv: no bytes make it throw, and what is no operation is answered as malformed", () => {
  const { service } = startMap();
  const before = contentOf(service);
  expect(service.execute(new Uint8Array(0))).toEqual(Uint8Array.of(255));
  const valid = kv.encode({ f: "cas", key: "k", value: ["from", "to"] }, options);
  for (let end = 0; end < valid.length; end++) {
    expect(service.execute(valid.subarray(0, end))).toEqual(Uint8Array.of(255));
  }
  expect(service.execute(Buffer.concat([valid, Uint8Array.of(0)]))).toEqual(Uint8Array.of(255));
  expect(contentOf(service)).toEqual(before);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      service.execute(bytes);
    }),
    { numRuns: 5000 },
  );
});

test("kv: a malformed answer, or one of another operation, decodes to null", () => {
  const read: Operation = { f: "read", key: "k" };
  for (const bytes of [[], [255], [0], [3], [1, 0xff], [2, 0], [9]]) {
    expect(kv.decode(read, Uint8Array.from(bytes))).toBeNull();
  }
  const write: Operation = { f: "write", key: "k", value: "v" };
  for (const bytes of [[], [255], [1, 65], [2], [3], [0, 0]]) {
    expect(kv.decode(write, Uint8Array.from(bytes))).toBeNull();
  }
  expect(kv.decode({ f: "cas", key: "k", value: [null, "a"] }, Uint8Array.of(2))).toBeNull();
});

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ f: fc.constantFrom("read", "delete"), key: fc.string({ unit: "grapheme" }) }),
  fc.record({
    f: fc.constantFrom("write", "append"),
    key: fc.string({ unit: "grapheme", maxLength: 3 }),
    value: fc.string({ unit: "grapheme" }),
  }),
  fc.record({
    f: fc.constant("cas"),
    key: fc.string({ unit: "grapheme", maxLength: 3 }),
    value: fc.tuple(fc.option(fc.string({ maxLength: 1 })), fc.string()),
  }),
);

test("kv: equal states have equal entries, whatever order they were reached in", () => {
  const entries = [
    ["b", "1"],
    ["a", "2"],
    ["ab", "3"],
    ["é", "4"],
    ["z", "5"],
    ["😀", "6"],
  ] as const;
  const forward = startMap();
  const backward = startMap();
  for (const [key, value] of entries) forward.run({ f: "write", key, value });
  for (const [key, value] of entries.toReversed()) backward.run({ f: "write", key, value });
  expect(contentOf(forward.service)).toEqual(contentOf(backward.service));
});

test("kv: a restored state is the same state", () => {
  fc.assert(
    fc.property(fc.array(anyOperation, { maxLength: 40 }), (operations) => {
      const original = startMap();
      for (const operation of operations) expect(original.run(operation)).not.toBeNull();
      const copy = startMap();
      copy.run({ f: "write", key: "left over", value: "must vanish" });
      copy.service.restore(original.service.entries());
      expect(contentOf(copy.service)).toEqual(contentOf(original.service));
      for (const operation of operations) {
        expect(copy.run(operation)).toEqual(original.run(operation));
      }
    }),
  );
});

test("kv: what changed is told once, and a state put together from it is the same", () => {
  const batches = fc.array(fc.array(anyOperation, { maxLength: 10 }), { maxLength: 6 });
  fc.assert(
    fc.property(batches, (taken) => {
      const { service, run } = startMap();
      const mirror = new Map<string, { key: Uint8Array; value: Uint8Array }>();
      for (const operations of taken) {
        for (const operation of operations) run(operation);
        for (const { key, value } of service.takeChanges()) {
          const name = Buffer.from(key).toString("hex");
          if (value === null) mirror.delete(name);
          else mirror.set(name, { key, value });
        }
        const copy = startMap();
        copy.service.restore(mirror.values());
        expect(contentOf(copy.service)).toEqual(contentOf(service));
        expect([...service.takeChanges()]).toEqual([]);
      }
    }),
  );
});

test("null: argument and result have the configured lengths", () => {
  const service = nullService.create(options);
  const operation = nullService.encode({ f: "null" }, options);
  expect(operation).toHaveLength(5);
  expect(service.execute(operation)).toEqual(new Uint8Array(7));
  expect(nullService.decode({ f: "null" }, service.execute(operation))).toEqual({
    ok: true,
    value: null,
  });
  expect(nullService.decode({ f: "null" }, Uint8Array.of(1))).toBeNull();
  service.restore(service.entries());
  const stray = { key: Uint8Array.of(1), value: Uint8Array.of(1) };
  expect(() => service.restore([stray])).toThrow("no state");
});

test("null-kv: its null operation is that of null, its reads and writes are those of kv", () => {
  const service = nullKv.create(options);
  const run = (operation: Operation) => {
    const bytes = nullKv.encode(operation, options);
    return nullKv.decode(operation, service.execute(bytes));
  };
  expect(nullKv.encode({ f: "null" }, options)).toEqual(new Uint8Array(5));
  expect(service.execute(new Uint8Array(5))).toEqual(new Uint8Array(7));
  expect(service.execute(new Uint8Array(0))).toEqual(new Uint8Array(7));
  expect(run({ f: "write", key: "x", value: "1" })).toEqual({ ok: true, value: null });
  expect(run({ f: "null" })).toEqual({ ok: true, value: null });
  expect(run({ f: "read", key: "x" })).toEqual({ ok: true, value: "1" });
  expect(contentOf(service)).toEqual([["x", "1"]]);
  expect(nullKv.decode({ f: "null" }, Uint8Array.of(1))).toBeNull();
});

/** One operation of every kind the service has, with the largest key and value it may carry. */
function largestOperations({ operations }: ServiceDefinition): readonly Operation[] {
  const [key, value] = ["k".repeat(KEY_BYTES_MAX), "v".repeat(VALUE_BYTES_MAX)];
  const all: readonly Operation[] = [
    { f: "write", key, value },
    { f: "append", key, value },
    { f: "cas", key, value: [value, value] },
    { f: "read", key },
    { f: "delete", key: `${key}x` },
    { f: "append", key: `${key}x`, value: "v" },
    { f: "null" },
  ];
  return all.filter(({ f }) => operations.includes(f));
}

test.for(services)(
  "$name: no result is over its limit; what is refused changed nothing",
  (each) => {
    const largest = { argumentBytes: OPERATION_BYTES_MAX, resultBytes: RESULT_BYTES_MAX };
    const service = each.create(largest);
    for (const operation of [...largestOperations(each), ...largestOperations(each)]) {
      const before = contentOf(service);
      const bytes = each.encode(operation, largest);
      expect(bytes.length).toBeLessThanOrEqual(OPERATION_BYTES_MAX);
      const result = service.execute(bytes);
      expect(result.length).toBeLessThanOrEqual(RESULT_BYTES_MAX);
      const decoded = each.decode(operation, result);
      expect(decoded).not.toBeNull();
      if (decoded?.refused === undefined) continue;
      expect(decoded.ok).toBe(false);
      expect(contentOf(service)).toEqual(before);
    }
  },
);

test("kv: seventeen appends of 1 MiB to one key leave a value that can still be read", () => {
  const { run } = startMap();
  const value = "v".repeat(VALUE_BYTES_MAX);
  const answers = Array.from({ length: 17 }, () => run({ f: "append", key: "x", value }));
  expect(answers.filter((answer) => answer?.ok === true)).toHaveLength(1);
  expect(answers.at(-1)).toEqual({
    ok: false,
    value: null,
    refused: "too large: keys have 1024 bytes at most, values 1048576",
  });
  expect(run({ f: "read", key: "x" })?.value?.length).toBe(VALUE_BYTES_MAX);
});

test("kv: a key over the limit is refused by every operation", () => {
  const { run } = startMap();
  const key = "k".repeat(KEY_BYTES_MAX + 1);
  for (const operation of [
    { f: "read", key },
    { f: "write", key, value: "v" },
    { f: "cas", key, value: [null, "v"] },
  ] satisfies readonly Operation[]) {
    expect(run(operation)?.refused).toMatch(/^too large/);
  }
});

test("kv: a value out of a snapshot without limits is kept, and its read is refused", () => {
  const { service, run } = startMap();
  const value = new Uint8Array(VALUE_BYTES_MAX + 1);
  service.restore([{ key: Uint8Array.of(0x78), value }]);
  expect(run({ f: "read", key: "x" })?.refused).toMatch(/^too large/);
  expect(run({ f: "write", key: "x", value: "short" })?.ok).toBe(true);
});

test("null: a result over the limit is refused before anything is started", () => {
  const resultBytes = RESULT_BYTES_MAX + 1;
  expect(() => nullService.create({ argumentBytes: 0, resultBytes })).toThrow(/allowed: 2097152/);
});
