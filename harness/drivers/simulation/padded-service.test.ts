import { expect, test } from "vitest";
import type { Operation } from "../../../nodes/protocols/contract/service.ts";
import { kv } from "../../../nodes/services/kv.ts";
import { padded } from "./padded-service.ts";

const SIZES = { argumentBytes: 0, resultBytes: 0 };
const long = padded(kv, 1_000);

test("values are long in the state, and in the history what they are without padding", () => {
  const map = long.create(SIZES);
  const ask = (operation: Operation) => {
    return long.decode(operation, map.execute(long.encode(operation, SIZES)));
  };
  ask({ f: "write", key: "k", value: "a" });
  ask({ f: "append", key: "k", value: "b" });
  expect(ask({ f: "read", key: "k" })).toEqual({ ok: true, value: "ab" });
  const [entry] = map.entries();
  expect(entry?.value.length).toBeGreaterThan(2_000);
  ask({ f: "write", key: "k", value: "c" });
  expect(ask({ f: "cas", key: "k", value: ["c", "d"] })).toEqual({ ok: true, value: null });
  expect(ask({ f: "cas", key: "k", value: ["c", "e"] })).toEqual({ ok: false, value: null });
  expect(ask({ f: "read", key: "other" })).toEqual({ ok: true, value: null });
});

test("without padding it is the service itself", () => {
  expect(padded(kv, 0)).toBe(kv);
});
