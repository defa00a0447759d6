/** What every variant says of its clusters. */
import type { Protocol } from "../contract/protocol.ts";
import { primaryOf } from "../quorum.ts";

type ClusterTraits = Pick<
  Protocol,
  "name" | "replicasFor" | "tolerates" | "leaderOf" | "mechanisms"
>;

/** The sizes of protocols §1.3, primaries in turn, and the promises that runs are judged by. */
export function pbftCluster(name: string): ClusterTraits {
  return {
    name,
    replicasFor: (faults) => 3 * faults + 1,
    tolerates(replicas) {
      if (replicas < 4) throw new RangeError(`${name} needs at least 4 replicas, not ${replicas}`);
      const faults = Math.floor((replicas - 1) / 3);
      return { byzantine: faults, crashed: faults };
    },
    leaderOf: (view, replicas) => primaryOf(view, { replicas }),
    mechanisms: ["views", "votes", "certificates"],
  };
}
