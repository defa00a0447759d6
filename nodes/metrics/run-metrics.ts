/** What the harness counts of a run: operations, faults, and what it came to. */
import type { Metric } from "./metric.ts";

/** Every sample that belongs to a run bears these; those of a replica bear its own besides. */
export const RUN_LABELS = ["run", "scenario", "protocol", "driver"] as const;

/** Ten a decade, so that a quantile read from them is near: half a millisecond to 50 s. */
const LATENCIES = [-1, 0, 1, 2, 3, 4].flatMap((decade) =>
  [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8]
    .map((mantissa) => Number((mantissa * 10 ** (decade - 3)).toPrecision(3)))
    .filter((seconds) => seconds >= 0.0005 && seconds <= 50),
);

const operations = {
  operations: {
    name: "bft_operations_total",
    type: "counter",
    unit: "",
    help: "Operations of the load that ended: ok, fail (certainly not done) or unknown",
    labels: ["kind", "outcome"],
  },
  operationsShed: {
    name: "bft_operations_shed_total",
    type: "counter",
    unit: "",
    help: "Operations that no client was free to send",
    labels: [],
  },
  operationLatency: {
    name: "bft_operation_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help: "From when an answered operation was meant to be sent to its answer",
    labels: ["kind"],
    buckets: LATENCIES,
  },
  runLatency: {
    name: "bft_run_latency_seconds",
    type: "summary",
    unit: "seconds",
    help: "The same latencies after the warm-up, as exact quantiles of the run so far",
    labels: [],
  },
  loadSeconds: {
    name: "bft_load_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "How long the load has been on",
    labels: [],
  },
} as const satisfies Record<string, Metric>;

const faults = {
  faultActive: {
    name: "bft_fault_active",
    type: "gauge",
    unit: "",
    help: "1 from a fault's injection until it is healed",
    labels: ["fault", "kind", "target"],
  },
  faultBudget: {
    name: "bft_fault_budget",
    type: "gauge",
    unit: "",
    help: "Replicas: B with a safety fault, C out of reach besides, f tolerated",
    labels: ["term"],
  },
  replicaUp: {
    name: "bft_replica_up",
    type: "gauge",
    unit: "",
    help: "1 if the replica answered when it was asked",
    labels: ["replica"],
  },
} as const satisfies Record<string, Metric>;

const results = {
  runInfo: {
    name: "bft_run_info",
    type: "gauge",
    unit: "",
    help: "1; its labels say what was run",
    labels: ["seed", "service", "durability", "links", "mutant", "replicas", "f"],
  },
  verdict: {
    name: "bft_verdict",
    type: "gauge",
    unit: "",
    help: "1; its labels say what the run came to and whether that was expected",
    labels: ["verdict", "expected", "as_expected"],
  },
  outage: {
    name: "bft_outage_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Longest time without an answer",
    labels: [],
  },
  faultOutage: {
    name: "bft_fault_outage_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Longest time without an answer while a fault was there",
    labels: ["fault", "kind"],
  },
  recovery: {
    name: "bft_recovery_seconds",
    type: "gauge",
    unit: "seconds",
    help: "From the last heal to the next answer",
    labels: [],
  },
  nullOperationOverhead: {
    name: "bft_null_op_overhead_ratio",
    type: "gauge",
    unit: "ratio",
    help: "A null operation's cost as a multiple of the unreplicated server's",
    labels: ["operation", "measure"],
  },
} as const satisfies Record<string, Metric>;

export const runMetrics = {
  ...operations,
  ...faults,
  ...results,
} as const satisfies Record<string, Metric>;
