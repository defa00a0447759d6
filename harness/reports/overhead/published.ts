/** What the authors of PBFT measured, to stand beside what is measured here. */

/**
 * Castro and Liskov, "Practical Byzantine Fault Tolerance" (OSDI 1999), table 1: milliseconds at
 * one client, the median of three runs of 10 000 invocations.
 */
export const published = {
  source: "M. Castro and B. Liskov, Practical Byzantine Fault Tolerance, OSDI 1999, table 1",
  conditions:
    "four replicas, 133 MHz Alpha, 10 Mbit/s Ethernet, UDP multicast, MACs in the normal case, " +
    "tentative execution, nothing on disk; the server alone authenticates nothing",
  rows: [
    { operation: "0/0", readWriteMs: 3.35, readOnlyMs: 1.62, unreplicatedMs: 0.82 },
    { operation: "4/0", readWriteMs: 14.19, readOnlyMs: 6.98, unreplicatedMs: 4.62 },
    { operation: "0/4", readWriteMs: 8.01, readOnlyMs: 5.94, unreplicatedMs: 4.66 },
  ],
} as const;

/** How many times as long as on the server alone; null for what they did not measure. */
export function publishedRatio(operation: string): number | null {
  const row = published.rows.find((each) => each.operation === operation);
  return row === undefined ? null : row.readWriteMs / row.unreplicatedMs;
}
