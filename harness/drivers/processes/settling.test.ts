import { expect, test } from "vitest";
import { Settling } from "./settling.ts";

test("a place is settled when the last of its changes is done, not before", () => {
  const settling = new Settling();
  expect(settling.doneNs(["r0-r1", "r0"])).toBe(0n);
  settling.begin(["r0-r1"]);
  settling.begin(["r0-r1", "r0"]);
  settling.end(["r0-r1"], 5n);
  expect(settling.doneNs(["r0-r1"])).toBeGreaterThan(10n ** 18n);
  settling.end(["r0-r1", "r0"], 7n);
  expect(settling.doneNs(["r0-r1"])).toBe(7n);
  expect(settling.doneNs(["r0-r1", "r1"])).toBe(7n);
  expect(settling.doneNs(["r1"])).toBe(0n);
});
