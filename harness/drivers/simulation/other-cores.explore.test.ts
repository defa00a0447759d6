import { expect, test } from "vitest";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import { expectNoFailures, honest } from "./explore.fixture.ts";
import { explore } from "./explore.ts";

test("50 seeds with real Ed25519 signatures keep every promise", () => {
  const stats = expectNoFailures({ firstSeed: 5_001, seeds: 50, signatures: "ed25519" });
  expect(stats.stateTransfers).toBeGreaterThan(0);
  expect(stats.viewChanges).toBeGreaterThan(0);
});

test("the unreplicated server keeps its promises through crashes and power cuts", () => {
  const options = { firstSeed: 1, seeds: 100, signatures: "fast" } as const;
  const { failures, stats } = explore({
    ...honest("unreplicated"),
    ...options,
    judge: brokenPromises,
  });
  expect(failures).toEqual([]);
  expect(stats.crashes + stats.powerCuts).toBeGreaterThan(50);
});
