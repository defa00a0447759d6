import type { Dashboard, Row } from "./dashboard.ts";
import { faultWindows, someRuns } from "./parts.ts";
import { last, mean } from "./promql.ts";

const eachRun = "{{scenario}} {{protocol}} {{run}}";
const BY = ["run", "scenario", "protocol"];
const by = BY.join(", ");

function of(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${['run=~"$run"', ...matchers].join(", ")}}`;
}

/** What all replicas of a run counted in the time that is shown, for each operation answered. */
function perOperation(counter: string): string {
  const operations = of("bft_operations_total", 'outcome=~"ok|fail"');
  const total = (selector: string): string => `sum by (${by}) (increase(${selector}[$__range]))`;
  return `${total(counter)} / ${total(operations)}`;
}

const ratios: Row = {
  title: "Null operation",
  panels: [
    {
      kind: "stat",
      title: "Cost against the unreplicated server",
      description:
        "What replication makes of a null operation, as measured by `bft-chaos bench overhead`: 1 would be for free. By size of argument and result, and by what was measured.",
      unit: "short",
      decimals: 2,
      width: 24,
      queries: [
        {
          expression: last(of("bft_null_op_overhead_ratio")),
          legend: "{{operation}} {{measure}} ({{protocol}})",
        },
      ],
    },
  ],
};

const runs: Row = {
  title: "Runs side by side",
  panels: [
    {
      kind: "stat",
      title: "Throughput",
      description: "Operations answered a second while the load was on.",
      unit: "ops",
      decimals: 1,
      width: 12,
      queries: [
        {
          expression: `sum by (${by}) (${last(of("bft_operations_total", 'outcome=~"ok|fail"'))}) / sum by (${by}) (${last(of("bft_load_seconds_total"))})`,
          legend: eachRun,
        },
      ],
    },
    {
      kind: "stat",
      title: "Median latency",
      description: "After the warm-up, from when an operation was meant to be sent to its answer.",
      unit: "s",
      width: 12,
      queries: [
        {
          expression: last(of("bft_run_latency_seconds", 'quantile="0.5"')),
          legend: eachRun,
        },
      ],
    },
    {
      kind: "stat",
      title: "p99 latency",
      description: "After the warm-up, from when an operation was meant to be sent to its answer.",
      unit: "s",
      width: 12,
      queries: [
        {
          expression: last(of("bft_run_latency_seconds", 'quantile="0.99"')),
          legend: eachRun,
        },
      ],
    },
    {
      kind: "stat",
      title: "Requests in a batch",
      description: "The mean over all replicas: what makes agreement cheaper under load.",
      unit: "short",
      decimals: 2,
      width: 12,
      queries: [{ expression: mean((part) => of(`bft_batch_size_${part}`), BY), legend: eachRun }],
    },
  ],
};

const costs: Row = {
  title: "What an operation costs",
  panels: [
    {
      kind: "stat",
      title: "Messages per operation",
      description: "Sent by all replicas together. It falls as batches grow.",
      unit: "short",
      decimals: 1,
      width: 12,
      queries: [
        {
          expression: perOperation(of("bft_messages_total", 'direction="sent"')),
          legend: eachRun,
        },
      ],
    },
    {
      kind: "stat",
      title: "Bytes per operation",
      description: "Sent by all replicas together.",
      unit: "bytes",
      decimals: 0,
      width: 12,
      queries: [
        {
          expression: perOperation(of("bft_message_bytes_total", 'direction="sent"')),
          legend: eachRun,
        },
      ],
    },
    {
      kind: "stat",
      title: "CPU time per operation",
      description: "Of all replicas together.",
      unit: "s",
      width: 12,
      queries: [{ expression: perOperation(of("process_cpu_seconds_total")), legend: eachRun }],
    },
    {
      kind: "stat",
      title: "Signatures per operation",
      description: "Made and looked at by all replicas together.",
      unit: "short",
      decimals: 1,
      width: 12,
      queries: [
        { expression: perOperation(of("bft_authenticator_operations_total")), legend: eachRun },
      ],
    },
    {
      kind: "stat",
      title: "Time on signatures per operation",
      description: "Of all replicas together: the part that other authenticators could save.",
      unit: "s",
      width: 12,
      queries: [
        { expression: perOperation(of("bft_authenticator_seconds_total")), legend: eachRun },
      ],
    },
    {
      kind: "stat",
      title: "Time to durable",
      description: "The mean time that a write to the log took to be durable.",
      unit: "s",
      width: 12,
      queries: [
        { expression: mean((part) => of(`bft_persist_seconds_${part}`), BY), legend: eachRun },
      ],
    },
  ],
};

export const overhead: Dashboard = {
  uid: "bft-overhead",
  title: "BFT: Overhead",
  description: "What replication costs: the null operation, and runs side by side.",
  from: "now-1h",
  variables: [someRuns],
  annotations: [faultWindows],
  rows: [ratios, runs, costs],
};
