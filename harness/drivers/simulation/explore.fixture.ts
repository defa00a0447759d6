import { expect } from "vitest";
import type { ClusterParameters, Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { defaults, protocols, services } from "../../../nodes/registry.ts";
import { kv } from "../../../nodes/services/kv.ts";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import { drawPlan } from "./draw-plan.ts";
import { describeFailure, type ExploreOptions, explore } from "./explore.ts";
import { CLUSTER_ID } from "./simulated-cluster.ts";
import type { ExploreStats } from "./tally.ts";

export function honest(
  name: string = defaults.protocol,
): Pick<ExploreOptions, "protocol" | "service"> {
  const protocol = protocols.find((candidate) => candidate.name === name);
  const service = services.find((candidate) => candidate.name === defaults.service);
  if (protocol === undefined || service === undefined) throw new Error(`no ${name}`);
  return { protocol, service };
}

/** Of some cluster that tolerates one fault. */
export function parametersOf(protocol: Protocol): ClusterParameters {
  const { cluster } = drawPlan(1, protocol, kv, { faults: 1 });
  return { ...cluster.parameters, clusterId: CLUSTER_ID };
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

/** What a thousand seeds must have seen more of, or they were idle. */
const BAD_DAYS: Readonly<Record<string, number>> = {
  operations: 30_000,
  stateTransfers: 300,
  seedsWithViewChange: 200,
  powerCuts: 500,
  crashes: 1_000,
  totalOutages: 100,
  liars: 100,
};

/** Of what there was too little in a thousand seeds. */
export function missingIn({ faults, reached: _, ...stats }: ExploreStats): readonly string[] {
  const seen: Readonly<Record<string, number>> = { ...stats, liars: faults["byzantine"] ?? 0 };
  const rare = Object.entries(BAD_DAYS).filter(([what, least]) => (seen[what] ?? 0) <= least);
  const manyViews = stats.viewChanges > stats.seedsWithViewChange;
  return [...rare.map(([what]) => what), ...(manyViews ? [] : ["viewChanges"])];
}
