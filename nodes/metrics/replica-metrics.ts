/** What a replica counts of itself, on its page `/metrics`. */
import type { Metric } from "./metric.ts";

/** A replica's page bears these on every line of it. */
export const REPLICA_LABELS = ["protocol", "replica"] as const;

const SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

const view = {
  view: {
    name: "bft_view",
    type: "gauge",
    unit: "",
    help: "View that the replica is in",
    labels: [],
  },
  viewActive: {
    name: "bft_view_active",
    type: "gauge",
    unit: "",
    help: "0 while the replica changes its view",
    labels: [],
  },
  viewChanges: {
    name: "bft_view_changes_total",
    type: "counter",
    unit: "",
    help: "View changes that the replica asked for",
    labels: [],
  },
  newViews: {
    name: "bft_views_entered_total",
    type: "counter",
    unit: "",
    help: "Views that the replica entered after its first",
    labels: [],
  },
} as const satisfies Record<string, Metric>;

const ordering = {
  executed: {
    name: "bft_executed_sequence",
    type: "gauge",
    unit: "",
    help: "Last executed sequence number",
    labels: [],
  },
  requests: {
    name: "bft_requests_executed_total",
    type: "counter",
    unit: "",
    help: "Requests executed",
    labels: [],
  },
  batches: {
    name: "bft_batches_executed_total",
    type: "counter",
    unit: "",
    help: "Batches executed",
    labels: [],
  },
  batchSize: {
    name: "bft_batch_size",
    type: "histogram",
    unit: "",
    help: "Requests in an executed batch",
    labels: [],
    buckets: [0, 1, 2, 4, 8, 16, 32, 64, 128, 256],
  },
  queueLength: {
    name: "bft_queue_length",
    type: "gauge",
    unit: "",
    help: "What waits: requests to be ordered, early messages, frames to be sent",
    labels: ["queue"],
  },
  heldBytes: {
    name: "bft_held_bytes",
    type: "gauge",
    unit: "bytes",
    help: "What waits for the disk before it may leave",
    labels: [],
  },
  logBytes: {
    name: "bft_log_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Size of the log on the disk",
    labels: [],
  },
} as const satisfies Record<string, Metric>;

const checkpoints = {
  stable: {
    name: "bft_stable_sequence",
    type: "gauge",
    unit: "",
    help: "Sequence number of the last stable checkpoint",
    labels: [],
  },
  checkpointLag: {
    name: "bft_checkpoint_lag",
    type: "gauge",
    unit: "",
    help: "Sequence numbers executed since the last stable checkpoint",
    labels: [],
  },
  checkpoints: {
    name: "bft_checkpoints_total",
    type: "counter",
    unit: "",
    help: "Checkpoints taken",
    labels: [],
  },
  stateTransfers: {
    name: "bft_state_transfers_total",
    type: "counter",
    unit: "",
    help: "States fetched from other replicas and installed",
    labels: [],
  },
  statePagesFetched: {
    name: "bft_state_pages_fetched_total",
    type: "counter",
    unit: "",
    help: "Pages of state fetched from other replicas",
    labels: [],
  },
  stateBytesFetched: {
    name: "bft_state_fetched_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of state fetched from other replicas",
    labels: [],
  },
} as const satisfies Record<string, Metric>;

const messages = {
  messages: {
    name: "bft_messages_total",
    type: "counter",
    unit: "",
    help: "Messages by type; a broadcast counts once for each receiver",
    labels: ["type", "direction"],
  },
  messageBytes: {
    name: "bft_message_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of messages by type",
    labels: ["type", "direction"],
  },
  retransmissions: {
    name: "bft_retransmissions_total",
    type: "counter",
    unit: "",
    help: "Messages sent again because a peer lacked them",
    labels: [],
  },
  rejectedInputs: {
    name: "bft_rejected_inputs_total",
    type: "counter",
    unit: "",
    help: "Inputs that the protocol rejected",
    labels: ["reason"],
  },
  rejectedWork: {
    name: "bft_rejected_verifications_total",
    type: "counter",
    unit: "",
    help: "Verifications spent on frames that were then rejected; 32 looks at a MAC are one",
    labels: [],
  },
  repeatedChecks: {
    name: "bft_repeated_checks_total",
    type: "counter",
    unit: "",
    help: "Signatures and MACs looked at that had been found good in the same input",
    labels: [],
  },
  surplusChecks: {
    name: "bft_surplus_checks_total",
    type: "counter",
    unit: "",
    help: "Signatures looked at that had been found good as often as there is a use for",
    labels: [],
  },
  byzantineFrames: {
    name: "bft_byzantine_frames_total",
    type: "counter",
    unit: "",
    help: "Frames that a Byzantine behaviour made or changed",
    labels: ["behaviour"],
  },
  refused: {
    name: "bft_refused_total",
    type: "counter",
    unit: "",
    help: "Connections closed and sends given up",
    labels: ["reason"],
  },
} as const satisfies Record<string, Metric>;

const work = {
  authenticatorOperations: {
    name: "bft_authenticator_operations_total",
    type: "counter",
    unit: "",
    help: "Signatures made (sign) and looked at (verify), MACs made (tag) and looked at (check)",
    labels: ["operation"],
  },
  authenticatorSeconds: {
    name: "bft_authenticator_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "Time spent on signatures and MACs",
    labels: ["operation"],
  },
  persistSeconds: {
    name: "bft_persist_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long a write to the log took to be durable",
    labels: [],
    buckets: SECONDS,
  },
  eventLoopLag: {
    name: "bft_event_loop_lag_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How much later than due the replica's clock ticked",
    labels: [],
    buckets: SECONDS,
  },
  cpu: {
    name: "process_cpu_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "Total user and system CPU time spent in seconds.",
    labels: [],
  },
  memory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Resident memory size in bytes.",
    labels: [],
  },
} as const satisfies Record<string, Metric>;

const links = {
  framesSent: {
    name: "bft_frames_sent_total",
    type: "counter",
    unit: "",
    help: "Frames handed to the socket",
    labels: ["peer"],
  },
  framesReceived: {
    name: "bft_frames_received_total",
    type: "counter",
    unit: "",
    help: "Frames received",
    labels: ["peer"],
  },
  bytesSent: {
    name: "bft_sent_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of the frames sent",
    labels: ["peer"],
  },
  bytesReceived: {
    name: "bft_received_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of the frames received",
    labels: ["peer"],
  },
  framesDropped: {
    name: "bft_frames_dropped_total",
    type: "counter",
    unit: "",
    help: "Frames lost to a full queue",
    labels: ["peer"],
  },
  connects: {
    name: "bft_connects_total",
    type: "counter",
    unit: "",
    help: "Finished handshakes",
    labels: ["peer"],
  },
  beatsSent: {
    name: "bft_beats_sent_total",
    type: "counter",
    unit: "",
    help: "BEATs numbered for the peer",
    labels: ["peer"],
  },
  connected: {
    name: "bft_connected",
    type: "gauge",
    unit: "",
    help: "1 if there is a connection to send on",
    labels: ["peer"],
  },
  oneWay: {
    name: "bft_one_way_seconds",
    type: "gauge",
    unit: "seconds",
    help: "One-way time of the last BEAT",
    labels: ["peer"],
  },
} as const satisfies Record<string, Metric>;

export const replicaMetrics = {
  ...view,
  ...ordering,
  ...checkpoints,
  ...messages,
  ...work,
  ...links,
} as const satisfies Record<string, Metric>;
