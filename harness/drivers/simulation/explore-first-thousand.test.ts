import { expect, test } from "vitest";
import { expectNoFailures } from "./explore.fixture.ts";

// Two files, so that two workers share the 2 000 seeds.
test("seeds 1 to 1000 keep every promise, and bad days really happen in them", {
  timeout: 300_000,
}, () => {
  const stats = expectNoFailures({ firstSeed: 1, seeds: 1_000, signatures: "fast" });
  expect(stats.operations).toBeGreaterThan(30_000);
  expect(stats.stateTransfers).toBeGreaterThan(300);
  expect(stats.seedsWithViewChange).toBeGreaterThan(200);
  expect(stats.viewChanges).toBeGreaterThan(stats.seedsWithViewChange);
  expect(stats.powerCuts).toBeGreaterThan(500);
  expect(stats.crashes).toBeGreaterThan(1_000);
  expect(stats.totalOutages).toBeGreaterThan(100);
  expect(stats.faults["byzantine"]).toBeGreaterThan(100);
});
