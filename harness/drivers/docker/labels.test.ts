import { expect, test } from "vitest";
import { type Owner, thisOwner } from "../processes/owner.ts";
import { labelsOf, ownerStateOf } from "./labels.ts";

const NOW = 1_000_000;

function stateOf(owner: Owner, expiresMs: number) {
  return ownerStateOf(labelsOf({ runId: "1", owner, expiresMs }), NOW);
}

test("a run is alive with its harness, however late it is, and dead with it", () => {
  expect(stateOf(thisOwner(), NOW - 1)).toBe("alive");
  expect(stateOf({ ...thisOwner(), startTime: "1" }, NOW + 1)).toBe("dead");
});

test("one whose harness cannot be seen from here is left alone until it is over for certain", () => {
  const elsewhere = { ...thisOwner(), namespace: "1" };
  expect(stateOf(elsewhere, NOW + 1)).toBe("elsewhere");
  expect(stateOf(elsewhere, NOW - 1)).toBe("dead");
});
