/** What a simulated replica counts: what its core does. It has no process, disk or sockets. */
import { coreSamples } from "../../../nodes/metrics/core-samples.ts";
import { seriesText } from "../../../nodes/metrics/exposition.ts";
import { replicaMetrics } from "../../../nodes/metrics/replica-metrics.ts";
import { plain } from "../../../nodes/metrics/sample.ts";
import type { SimulatedReplica } from "./replica.ts";

/** By series, as a real replica's page has them; null while there is no core. */
export function simulatedMetrics(
  replica: Pick<SimulatedReplica, "status" | "queues" | "disk">,
): Readonly<Record<string, number>> | null {
  const status = replica.status();
  if (status === null) return null;
  const { verifications = 0, checks = 0 } = status.counters;
  const samples = [
    ...coreSamples(status, replica.queues()),
    plain(replicaMetrics.logBytes, replica.disk.bytes),
    plain(replicaMetrics.authenticatorOperations, verifications, { operation: "verify" }),
    plain(replicaMetrics.authenticatorOperations, checks, { operation: "check" }),
  ];
  return Object.fromEntries(
    samples.map(({ metric, part, labels, value }) => [
      seriesText(metric.name + part, labels),
      value,
    ]),
  );
}
