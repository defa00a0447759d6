import { expect, test } from "vitest";
import { expectNoFailures, missingIn } from "./explore.fixture.ts";

// Two files, so that two workers share the 2 000 seeds.
test("seeds 1 to 1000 keep every promise, and bad days really happen in them", () => {
  const stats = expectNoFailures({ firstSeed: 1, seeds: 1_000, signatures: "fast" });
  expect(missingIn(stats)).toEqual([]);
});
