import type { ClusterParameters } from "./contract/protocol.ts";

/** A small cluster, so that few requests fill a window; give what matters to the test. */
export function parametersWith(given: Partial<ClusterParameters> = {}): ClusterParameters {
  return {
    clusterId: "c1".repeat(16),
    epoch: 1,
    replicas: 4,
    faultsMax: 1,
    timers: { requestMs: 1000, statusMs: 150, clientMs: 400, clientCapMs: 2000 },
    operationTimeoutMs: 10_000,
    checkpointInterval: 4,
    window: 8,
    batchMax: 4,
    maxBatchDelayMs: 0,
    pipeline: 4,
    replyAuth: "signature",
    clientAuth: "mac",
    requestAt: "K1",
    ...given,
  };
}
