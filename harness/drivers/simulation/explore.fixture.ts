import { expect } from "vitest";
import { protocols, services } from "../../../nodes/registry.ts";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import { describeFailure, type ExploreOptions, type ExploreStats, explore } from "./explore.ts";

export function honest(name = "pbft-sig"): Pick<ExploreOptions, "protocol" | "service"> {
  const protocol = protocols.find((candidate) => candidate.name === name);
  const service = services.find((candidate) => candidate.name === "kv");
  if (protocol === undefined || service === undefined) throw new Error(`no ${name} with kv`);
  return { protocol, service };
}

/** Fails with the lines that run the failing seeds again. */
export function expectNoFailures(
  options: Pick<ExploreOptions, "firstSeed" | "seeds" | "signatures">,
): ExploreStats {
  const { failures, stats } = explore({ ...honest(), ...options, judge: brokenPromises });
  expect(failures.map(describeFailure).join("\n")).toBe("");
  expect(stats.seeds).toBe(options.seeds);
  return stats;
}
