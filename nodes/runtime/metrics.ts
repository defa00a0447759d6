/** `/metrics`: what a replica counts, as Prometheus text. Most is read when it is asked for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { CoreStatus } from "../protocols/contract/core.ts";
import type { PeerCounters } from "./peer-counters.ts";

export interface MetricSources {
  readonly status: () => CoreStatus;
  readonly peers: () => Readonly<Record<string, PeerCounters>>;
  /** Connections that were closed for what came over them, by reason. */
  readonly refused: () => Readonly<Record<string, number>>;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #syncs: Histogram;

  constructor(sources: MetricSources) {
    collectDefaultMetrics({ register: this.#registry });
    this.#syncs = new Histogram({
      name: "bft_log_sync_seconds",
      help: "How long the write-ahead log's fsyncs took",
      buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers: [this.#registry],
    });
    this.#addPeers(sources.peers);
    this.#addCore(sources.status);
    this.#addTotals({
      name: "bft_refused_total",
      help: "Connections closed and sends given up, by reason",
      label: "reason",
      read: sources.refused,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  observeSync(seconds: number): void {
    this.#syncs.observe(seconds);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #addPeers(peers: MetricSources["peers"]): void {
    const read = (value: (counters: PeerCounters) => number) => () =>
      Object.fromEntries(Object.entries(peers()).map(([name, peer]) => [name, value(peer)]));
    const totals: readonly [name: string, help: string, value: (peer: PeerCounters) => number][] = [
      ["bft_frames_sent_total", "Frames handed to the socket", (peer) => peer.sent],
      ["bft_frames_received_total", "Frames received", (peer) => peer.received],
      ["bft_bytes_sent_total", "Bytes of the frames sent", (peer) => peer.sentBytes],
      ["bft_bytes_received_total", "Bytes of the frames received", (peer) => peer.receivedBytes],
      ["bft_frames_dropped_total", "Frames lost to a full queue", (peer) => peer.dropped],
      ["bft_connects_total", "Finished handshakes", (peer) => peer.connects],
      ["bft_beats_sent_total", "BEATs numbered for the peer", (peer) => peer.beatSent],
    ];
    for (const [name, help, value] of totals) {
      this.#addTotals({ name, help, label: "peer", read: read(value) });
    }
    const gauges: readonly [name: string, help: string, value: (peer: PeerCounters) => number][] = [
      ["bft_connected", "1 if there is a connection to send on", (peer) => Number(peer.connected)],
      [
        "bft_one_way_seconds",
        "One-way time of the last BEAT",
        (peer) => (peer.oneWayMs ?? Number.NaN) / 1e3,
      ],
    ];
    for (const [name, help, value] of gauges) {
      const gauge: Gauge<"peer"> = new Gauge({
        name,
        help,
        labelNames: ["peer"],
        registers: [this.#registry],
        collect: () => {
          for (const [peer, number] of Object.entries(read(value)())) gauge.set({ peer }, number);
        },
      });
    }
  }

  #addCore(status: MetricSources["status"]): void {
    const gauges: readonly [name: string, help: string, value: (status: CoreStatus) => number][] = [
      ["bft_view", "The view the replica is in", (core) => core.view],
      ["bft_active", "0 while changing view", (core) => Number(core.active)],
      ["bft_executed", "The last executed sequence number", (core) => core.lastExec],
      ["bft_stable_checkpoint", "The low watermark", (core) => core.stable],
    ];
    for (const [name, help, value] of gauges) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect: () => gauge.set(value(status())),
      });
    }
    this.#addTotals({
      name: "bft_rejected_inputs_total",
      help: "Inputs the protocol rejected, by reason",
      label: "reason",
      read: () => status().rejected,
    });
    this.#addTotals({
      name: "bft_protocol_events_total",
      help: "What the protocol counts",
      label: "event",
      read: () => status().counters,
    });
  }

  #addTotals({ name, help, label, read }: TotalsSource): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        for (const [key, total] of Object.entries(read())) counter.inc({ [label]: key }, total);
      },
    });
  }
}

interface TotalsSource {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly read: () => Readonly<Record<string, number>>;
}
