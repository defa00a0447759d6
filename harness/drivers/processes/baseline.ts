/**
 * The known-good baseline (harness §6.2): no fault is injected into a cluster that has not shown
 * that it works.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import { linkName } from "../../../faults/link-state.ts";
import { type Probe, waitFor } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { prevailingView } from "../leader.ts";
import type { RunningCluster } from "./running-cluster.ts";
import type { Sightings } from "./sightings.ts";

const CLUSTER_DEADLINE_MS = 20_000;
/** An operation that is given up says so before; a k6 has to start, and may be slow to. */
const PROBE_DEADLINE_MS = 60_000;
/** One could be the echo of a connection that was lost since. */
const BEATS_MIN = 2;

export interface Members {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
}

/** All replicas active in one view, beats on every link, and one operation answered. */
export async function verifyBaseline(cluster: RunningCluster, members: Members): Promise<void> {
  await waitFor(() => lackOf(cluster.sightings, members), {
    what: "a cluster in which every replica is active and every link carries beats",
    deadlineMs: CLUSTER_DEADLINE_MS,
  });
  if (await cluster.clientHost.probe(PROBE_DEADLINE_MS)) return;
  throw new DriverError(
    "BASELINE",
    "the cluster is up, but did not answer the first operation in time",
  );
}

function lackOf(sightings: Sightings, members: Members): Probe<true> {
  const { replicas } = members;
  const silent = replicas.filter((replica) => !sightings.last(replica)?.answer);
  if (silent.length > 0) return { saw: `no status from ${silent.join(", ")}` };
  const { view, replicas: active } = prevailingView(sightings.statuses(replicas));
  if (active < replicas.length) return { saw: `${active} replicas active in view ${view}` };
  const quiet = linksOf(members).filter(({ from, to }) => {
    const heard = sightings.last(to)?.peers?.[from];
    return heard === undefined || heard.beatsReceived < BEATS_MIN;
  });
  if (quiet.length === 0) return { found: true };
  return { saw: `no beats on ${quiet.map(({ from, to }) => linkName(from, to)).join(", ")}` };
}

function linksOf({ replicas, clients }: Members): readonly { from: Endpoint; to: Endpoint }[] {
  const endpoints = [...replicas, ...clients];
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => to !== from && !(clients.includes(from) && clients.includes(to)))
      .map((to) => ({ from, to })),
  );
}
