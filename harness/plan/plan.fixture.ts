import type { Plan } from "./plan.ts";

/** What `expand` makes of a scenario that says nothing; give what matters to the test. */
export function planWith(given: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    scenario: "fixture",
    labels: {},
    seed: 1,
    cluster: clusterWith(),
    workload: workloadWith(),
    phases: { warmupMs: 1_000, faultsMs: 8_000, quietMs: 15_000 },
    entries: [],
    expect: {
      verdict: "PASS",
      check: null,
      recoverWithinMs: null,
      minOperations: 1,
      shedMax: 0.05,
      degradedMin: 0.5,
      viewChanges: { min: 0, max: null },
    },
    recoveryBound: { totalMs: 4_970, parts: {} },
    caveats: [],
    ...given,
  };
}

/** `parameters` beside the rest of the section, for what a test says of either. */
export function clusterWith(
  given: Partial<Plan["cluster"]> = {},
  parameters: Partial<Plan["cluster"]["parameters"]> = {},
): Plan["cluster"] {
  const { faultsMax = 1 } = parameters;
  return {
    protocol: "pbft-sig",
    service: { name: "kv", argumentBytes: 0, resultBytes: 0 },
    durability: "group-commit",
    links: "proxied",
    audit: "decisions",
    mutant: null,
    tolerates: { byzantine: faultsMax, crashed: faultsMax },
    rooms: [
      {
        name: "machine-room",
        ac: "the air conditioning of machine-room",
        replicas: ["r0", "r1", "r2", "r3"],
      },
    ],
    parameters: {
      epoch: 1,
      replicas: 4,
      faultsMax,
      timers: { requestMs: 1_000, statusMs: 150, clientMs: 400, clientCapMs: 2_000 },
      operationTimeoutMs: 10_000,
      checkpointInterval: 128,
      window: 256,
      batchMax: 64,
      maxBatchDelayMs: 100,
      pipeline: 4,
      replyAuth: "mac",
      clientAuth: "signature",
      requestAt: "K2",
      ...parameters,
    },
    ...given,
  };
}

export function workloadWith(given: Partial<Plan["workload"]> = {}): Plan["workload"] {
  return {
    executor: "constant-arrival-rate",
    ratePerSecond: 200,
    clients: 8,
    keys: 64,
    skew: 0,
    mix: { write: 0.5, read: 0.4, cas: 0.1 },
    operationsMax: null,
    seed: 1,
    ...given,
  };
}
