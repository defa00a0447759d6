/** Whether a cluster that stands there is the one that a scenario asks for. */
import { isDeepStrictEqual } from "node:util";
import type { PlannedCluster } from "../../plan/plan.ts";

/** What two clusters must have in common for a scenario not to notice the difference. */
const ASKED_FOR = [
  "protocol",
  "service",
  "durability",
  "links",
  "audit",
  "mutant",
  "parameters",
] as const;

/** Each key that differs, with both values; empty if none does. */
export function clusterDifferences(
  asked: PlannedCluster,
  standing: PlannedCluster,
): readonly string[] {
  const other = ASKED_FOR.filter(
    (key) => !isDeepStrictEqual(asJson(asked[key]), asJson(standing[key])),
  );
  return other.map((key) => {
    const [wanted, found] = [asked[key], standing[key]].map((value) => JSON.stringify(value));
    return `cluster.${key} is ${wanted}, the running cluster has ${found}`;
  });
}

/** One of the two comes from a file, where what is undefined is left out. */
function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
