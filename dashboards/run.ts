import type { Dashboard, Row } from "./dashboard.ts";
import { faultWindows, theRun } from "./parts.ts";
import { last, perSecond, recentQuantile } from "./promql.ts";

/** Every selector of this dashboard is about the one run that was chosen. */
function of(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${['run="$run"', ...matchers].join(", ")}}`;
}

const answered = 'outcome=~"ok|fail"';

const result: Row = {
  title: "What it came to",
  panels: [
    {
      kind: "stat",
      title: "Verdict",
      description: "What the run came to. It is there once the run has been judged.",
      unit: "none",
      width: 6,
      shows: "name",
      queries: [{ expression: last(of("bft_verdict")), legend: "{{verdict}}" }],
    },
    {
      kind: "stat",
      title: "Throughput",
      description:
        "Operations answered a second while the load was on: the same figure as throughput.achieved in results.json.",
      unit: "ops",
      decimals: 1,
      width: 3,
      queries: [
        {
          expression: `sum(${last(of("bft_operations_total", answered))}) / sum(${last(of("bft_load_seconds_total"))})`,
          legend: "answered",
        },
      ],
    },
    {
      kind: "stat",
      title: "Latency",
      description:
        "From when an operation was meant to be sent to its answer, after the warm-up: latencyMs.p50 and latencyMs.p99 in results.json.",
      unit: "s",
      width: 6,
      queries: [
        { expression: last(of("bft_run_latency_seconds", 'quantile="0.5"')), legend: "p50" },
        { expression: last(of("bft_run_latency_seconds", 'quantile="0.99"')), legend: "p99" },
      ],
    },
    {
      kind: "stat",
      title: "Outage",
      description:
        "The longest time in which somebody waited and nobody was answered: outageMs in results.json.",
      unit: "s",
      width: 3,
      queries: [{ expression: last(of("bft_outage_seconds")), legend: "outage" }],
    },
    {
      kind: "stat",
      title: "Recovery",
      description: "From the last heal to the next answer: recoveryMs in results.json.",
      unit: "s",
      width: 3,
      queries: [{ expression: last(of("bft_recovery_seconds")), legend: "recovery" }],
    },
    {
      kind: "stat",
      title: "Shed",
      description:
        "Operations that were never sent because no client was free before the load went off.",
      unit: "short",
      width: 3,
      queries: [{ expression: last(of("bft_operations_shed_total")), legend: "shed" }],
    },
    {
      kind: "table",
      title: "Conditions",
      description: "What was run, and under which conditions the figures beside it hold.",
      unit: "none",
      width: 24,
      columns: {
        scenario: "scenario",
        protocol: "protocol",
        driver: "driver",
        seed: "seed",
        replicas: "replicas",
        f: "f",
        service: "service",
        durability: "durability",
        links: "links",
        mutant: "planted bug",
      },
      queries: [{ expression: last(of("bft_run_info")), legend: "{{scenario}}" }],
    },
  ],
};

const load: Row = {
  title: "Load",
  panels: [
    {
      kind: "time-series",
      title: "Operations by outcome",
      description:
        "Operations that ended a second: ok, fail (it certainly did not happen) or unknown (nobody answered in time).",
      unit: "ops",
      width: 12,
      stacked: true,
      queries: [
        {
          expression: `sum by (outcome) (${perSecond(of("bft_operations_total"))})`,
          legend: "{{outcome}}",
        },
      ],
    },
    {
      kind: "time-series",
      title: "Latency",
      description:
        "Quantiles of the operations answered since the sample before, read from a histogram: near, where the figure above is exact.",
      unit: "s",
      width: 12,
      queries: [0.5, 0.95, 0.99].map((quantile) => ({
        expression: recentQuantile(quantile, of("bft_operation_latency_seconds_bucket"), []),
        legend: `p${quantile * 100}`,
      })),
    },
    {
      kind: "time-series",
      title: "Operations by kind",
      description: "Operations that were answered a second, by what they asked for.",
      unit: "ops",
      width: 12,
      queries: [
        {
          expression: `sum by (kind) (${perSecond(of("bft_operations_total", answered))})`,
          legend: "{{kind}}",
        },
      ],
    },
    {
      kind: "time-series",
      title: "p99 by kind",
      description:
        "The 99th percentile of each kind of operation answered since the sample before.",
      unit: "s",
      width: 12,
      queries: [
        {
          expression: recentQuantile(0.99, of("bft_operation_latency_seconds_bucket"), ["kind"]),
          legend: "{{kind}}",
        },
      ],
    },
  ],
};

const faults: Row = {
  title: "Faults",
  panels: [
    {
      kind: "state-timeline",
      title: "Faults",
      description: "Each fault from its injection until it is healed, and what it was aimed at.",
      unit: "bool_on_off",
      width: 24,
      names: {
        0: { text: "not there", color: "transparent" },
        1: { text: "active", color: "red" },
      },
      queries: [{ expression: of("bft_fault_active"), legend: "{{fault}} ({{kind}} {{target}})" }],
    },
    {
      kind: "time-series",
      title: "Fault budget",
      description:
        "B: replicas with a safety fault. C: replicas that are honest but away. Safety is owed while B stays at f or below, progress while B + C does.",
      unit: "short",
      width: 12,
      queries: [{ expression: of("bft_fault_budget"), legend: "{{term}}" }],
    },
    {
      kind: "stat",
      title: "Outage by fault",
      description:
        "The longest time without an answer after each fault was there: faults[].outageMs in results.json.",
      unit: "s",
      width: 12,
      queries: [
        { expression: last(of("bft_fault_outage_seconds")), legend: "{{fault}} ({{kind}})" },
      ],
    },
  ],
};

const cluster: Row = {
  title: "Cluster",
  panels: [
    {
      kind: "state-timeline",
      title: "Replicas",
      description: "Whether each replica answered when the harness asked it.",
      unit: "bool_on_off",
      width: 12,
      names: { 0: { text: "silent", color: "red" }, 1: { text: "answers", color: "green" } },
      queries: [{ expression: of("bft_replica_up"), legend: "{{replica}}" }],
    },
    {
      kind: "time-series",
      title: "View",
      description: "The view that each replica is in; a step is a new primary.",
      unit: "short",
      width: 12,
      queries: [{ expression: of("bft_view"), legend: "{{replica}}" }],
    },
    {
      kind: "time-series",
      title: "Requests executed",
      description: "A replica that falls behind executes fewer than the others, then catches up.",
      unit: "ops",
      width: 12,
      queries: [
        { expression: perSecond(of("bft_requests_executed_total")), legend: "{{replica}}" },
      ],
    },
    {
      kind: "time-series",
      title: "CPU",
      description: "Cores that each replica keeps busy.",
      unit: "percentunit",
      width: 12,
      queries: [{ expression: perSecond(of("process_cpu_seconds_total")), legend: "{{replica}}" }],
    },
  ],
};

export const run: Dashboard = {
  uid: "bft-run",
  title: "BFT: Run",
  description: "One run of bft-chaos: what it came to, its load, its faults and its replicas.",
  from: "now-15m",
  variables: [theRun],
  annotations: [faultWindows],
  rows: [result, load, faults, cluster],
};
