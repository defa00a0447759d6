import type { Dashboard, Query, Row, Variable } from "./dashboard.ts";
import { faultWindows, someRuns } from "./parts.ts";
import { perSecond, recentQuantile } from "./promql.ts";

const someReplicas: Variable = {
  name: "replica",
  label: "Replica",
  description: "Which replicas are shown.",
  metric: 'bft_view{run=~"$run"}',
  values: "replica",
  several: true,
};

/** Every selector of this dashboard is about the runs and replicas that were chosen. */
function of(metric: string): string {
  return `${metric}{run=~"$run", replica=~"$replica"}`;
}

/** One line a replica. */
function each(expression: string): readonly Query[] {
  return [{ expression, legend: "{{replica}}" }];
}

/** One line a replica and value of the label. */
function eachBy(label: string, expression: string): readonly Query[] {
  const grouped = `sum by (replica, ${label}) (${expression})`;
  return [{ expression: grouped, legend: `{{replica}} {{${label}}}` }];
}

const ordering: Row = {
  title: "Ordering",
  panels: [
    {
      kind: "state-timeline",
      title: "View changes",
      description: "A replica that is changing its view executes nothing.",
      unit: "bool_on_off",
      width: 12,
      names: {
        0: { text: "changing view", color: "orange" },
        1: { text: "active", color: "green" },
      },
      queries: each(of("bft_view_active")),
    },
    {
      kind: "time-series",
      title: "View changes asked for and views entered",
      description:
        "In the time that is shown, up to each moment. Asking without entering is trouble.",
      unit: "short",
      width: 12,
      queries: [
        { expression: of("bft_view_changes_total"), legend: "{{replica}} asked for" },
        { expression: of("bft_views_entered_total"), legend: "{{replica}} entered" },
      ],
    },
    {
      kind: "time-series",
      title: "Executed and stable",
      description: "The last executed sequence number, and that of the last stable checkpoint.",
      unit: "short",
      width: 12,
      queries: [
        { expression: of("bft_executed_sequence"), legend: "{{replica}} executed" },
        { expression: of("bft_stable_sequence"), legend: "{{replica}} stable" },
      ],
    },
    {
      kind: "time-series",
      title: "Checkpoint lag",
      description:
        "Sequence numbers executed since the last stable checkpoint: a saw's teeth as long as checkpoints become stable.",
      unit: "short",
      width: 12,
      queries: each(of("bft_checkpoint_lag")),
    },
    {
      kind: "time-series",
      title: "Requests in a batch",
      description: "The mean of the batches executed since the sample before.",
      unit: "short",
      width: 12,
      queries: each(
        `${perSecond(of("bft_requests_executed_total"))} / (${perSecond(of("bft_batches_executed_total"))} > 0)`,
      ),
    },
    {
      kind: "time-series",
      title: "Queues",
      description: "What waits in a replica, by queue.",
      unit: "short",
      width: 12,
      queries: [{ expression: of("bft_queue_length"), legend: "{{replica}} {{queue}}" }],
    },
    {
      kind: "time-series",
      title: "Waiting for the disk",
      description: "Bytes that may leave only when the log is durable.",
      unit: "bytes",
      width: 12,
      queries: each(of("bft_held_bytes")),
    },
    {
      kind: "time-series",
      title: "State transfers",
      description: "States that were fetched from other replicas and installed, up to each moment.",
      unit: "short",
      width: 12,
      queries: each(of("bft_state_transfers_total")),
    },
  ],
};

const messages: Row = {
  title: "Messages",
  panels: [
    {
      kind: "time-series",
      title: "Messages by type",
      description: "Of all chosen replicas together, a broadcast counted once for each receiver.",
      unit: "cps",
      width: 12,
      queries: [
        {
          expression: `sum by (type, direction) (${perSecond(of("bft_messages_total"))})`,
          legend: "{{direction}} {{type}}",
        },
      ],
    },
    {
      kind: "time-series",
      title: "Bytes by type",
      description: "Of all chosen replicas together.",
      unit: "Bps",
      width: 12,
      queries: [
        {
          expression: `sum by (type, direction) (${perSecond(of("bft_message_bytes_total"))})`,
          legend: "{{direction}} {{type}}",
        },
      ],
    },
    {
      kind: "time-series",
      title: "Retransmissions",
      description: "Messages sent again because a peer said it lacked them.",
      unit: "cps",
      width: 12,
      queries: each(perSecond(of("bft_retransmissions_total"))),
    },
    {
      kind: "time-series",
      title: "Rejected inputs",
      description:
        "What the protocol threw away, by reason. A liar shows here, and old news after a heal.",
      unit: "cps",
      width: 12,
      queries: eachBy("reason", perSecond(of("bft_rejected_inputs_total"))),
    },
    {
      kind: "time-series",
      title: "Refused connections",
      description:
        "Connections that were closed for what came over them and sends given up, by reason.",
      unit: "cps",
      width: 12,
      queries: eachBy("reason", perSecond(of("bft_refused_total"))),
    },
    {
      kind: "time-series",
      title: "Signatures",
      description: "Signatures made (sign) and looked at (verify).",
      unit: "cps",
      width: 12,
      queries: eachBy("operation", perSecond(of("bft_authenticator_operations_total"))),
    },
    {
      kind: "time-series",
      title: "Time spent on signatures",
      description: "As a share of one core.",
      unit: "percentunit",
      width: 12,
      queries: eachBy("operation", perSecond(of("bft_authenticator_seconds_total"))),
    },
  ],
};

const machine: Row = {
  title: "Disk, clock and machine",
  panels: [
    {
      kind: "time-series",
      title: "Time to durable",
      description: "The 99th percentile of how long a write to the log took to be durable.",
      unit: "s",
      width: 12,
      queries: each(recentQuantile(0.99, of("bft_persist_seconds_bucket"), ["replica"])),
    },
    {
      kind: "time-series",
      title: "Event loop lag",
      description: "The 99th percentile of how much later than due the replica's clock ticked.",
      unit: "s",
      width: 12,
      queries: each(recentQuantile(0.99, of("bft_event_loop_lag_seconds_bucket"), ["replica"])),
    },
    {
      kind: "time-series",
      title: "CPU",
      description: "Cores that the replica keeps busy.",
      unit: "percentunit",
      width: 12,
      queries: each(perSecond(of("process_cpu_seconds_total"))),
    },
    {
      kind: "time-series",
      title: "Memory",
      description: "Resident memory of the replica's process.",
      unit: "bytes",
      width: 12,
      queries: each(of("process_resident_memory_bytes")),
    },
  ],
};

const links: Row = {
  title: "Links",
  panels: [
    {
      kind: "state-timeline",
      title: "Connections",
      description: "Whether the replica has a connection to send on, to each of its peers.",
      unit: "bool_on_off",
      width: 24,
      names: { 0: { text: "none", color: "red" }, 1: { text: "connected", color: "green" } },
      queries: [{ expression: of("bft_connected"), legend: "{{replica}} to {{peer}}" }],
    },
    {
      kind: "time-series",
      title: "One-way time",
      description:
        "Of the last BEAT from each peer, on the clock that all processes of one host share. A line that ends is a link that is cut.",
      unit: "s",
      width: 12,
      queries: [{ expression: of("bft_one_way_seconds"), legend: "{{replica}} from {{peer}}" }],
    },
    {
      kind: "time-series",
      title: "Frames sent and received",
      description:
        "Over all links of a replica. Sent without being received is what a cut looks like.",
      unit: "cps",
      width: 12,
      queries: [
        {
          expression: `sum by (replica) (${perSecond(of("bft_frames_sent_total"))})`,
          legend: "{{replica}} sent",
        },
        {
          expression: `sum by (replica) (${perSecond(of("bft_frames_received_total"))})`,
          legend: "{{replica}} received",
        },
      ],
    },
    {
      kind: "time-series",
      title: "Bytes sent and received",
      description: "Over all links of a replica.",
      unit: "Bps",
      width: 12,
      queries: [
        {
          expression: `sum by (replica) (${perSecond(of("bft_sent_bytes_total"))})`,
          legend: "{{replica}} sent",
        },
        {
          expression: `sum by (replica) (${perSecond(of("bft_received_bytes_total"))})`,
          legend: "{{replica}} received",
        },
      ],
    },
    {
      kind: "time-series",
      title: "Frames dropped, and handshakes",
      description:
        "Frames lost to a full queue, and finished handshakes: a link that is cut by refusing has many of these at its heal.",
      unit: "cps",
      width: 12,
      queries: [
        {
          expression: `sum by (replica) (${perSecond(of("bft_frames_dropped_total"))})`,
          legend: "{{replica}} dropped",
        },
        {
          expression: `sum by (replica) (${perSecond(of("bft_connects_total"))})`,
          legend: "{{replica}} handshakes",
        },
      ],
    },
  ],
};

export const replica: Dashboard = {
  uid: "bft-replica",
  title: "BFT: Replica",
  description:
    "What replicas count of themselves: ordering, messages, signatures, disk, and every link.",
  from: "now-15m",
  variables: [someRuns, someReplicas],
  annotations: [faultWindows],
  rows: [ordering, messages, machine, links],
};
