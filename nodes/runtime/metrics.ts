/** `/metrics`: what a replica counts, as Prometheus text. Most is read when it is asked for. */
import { coreSamples } from "../metrics/core-samples.ts";
import { Distribution } from "../metrics/distribution.ts";
import { pageText } from "../metrics/exposition.ts";
import type { Metric } from "../metrics/metric.ts";
import { replicaMetrics } from "../metrics/replica-metrics.ts";
import { type Labels, plain, type Sample } from "../metrics/sample.ts";
import { type CoreStatus, type NodeId, nodeName } from "../protocols/contract/core.ts";
import type { Protocol } from "../protocols/contract/protocol.ts";
import { MessageCounts } from "./message-counts.ts";
import type { PeerCounters } from "./peer-counters.ts";
import { processMetrics } from "./process-metrics.ts";
import type { ReplicaCounts } from "./replica.ts";
import { every, stopwatchMs } from "./timers.ts";
import type { AuthenticatorWork } from "./work-meter.ts";

export interface MetricSources {
  readonly status: () => CoreStatus;
  /** What waits, by queue. */
  readonly queues: () => Readonly<Record<string, number>>;
  readonly heldBytes: () => number;
  /** Null where nothing is written. */
  readonly logBytes: () => number | null;
  readonly peers: () => Readonly<Record<string, PeerCounters>>;
  /** Connections that were closed for what came over them, by reason. */
  readonly refused: () => Readonly<Record<string, number>>;
  readonly authenticator: () => AuthenticatorWork;
}

export interface CountedReplica {
  readonly protocol: Pick<Protocol, "name" | "messageTypes">;
  readonly replica: NodeId;
  /** To how many a broadcast goes. */
  readonly others: number;
}

const TICK_MS = 100;

export class Metrics implements ReplicaCounts {
  readonly #sources: MetricSources;
  /** On every line. */
  readonly #labels: Labels;
  readonly #others: number;
  readonly #messages: MessageCounts;
  readonly #process: ReturnType<typeof processMetrics>;
  readonly #persists = new Distribution(replicaMetrics.persistSeconds);
  readonly #batches = new Distribution(replicaMetrics.batchSize);
  readonly #lags = new Distribution(replicaMetrics.eventLoopLag);
  #stopClock: () => void = () => undefined;

  constructor(sources: MetricSources, { protocol, replica, others }: CountedReplica) {
    this.#sources = sources;
    this.#labels = { protocol: protocol.name, replica: nodeName(replica) };
    this.#others = others;
    this.#messages = new MessageCounts(protocol.messageTypes);
    this.#process = processMetrics(this.#labels);
  }

  get contentType(): string {
    return this.#process.contentType;
  }

  /** From now on it watches how late the event loop is. */
  start(): void {
    let dueMs = stopwatchMs() + TICK_MS;
    this.#stopClock = every(TICK_MS, () => {
      const nowMs = stopwatchMs();
      this.#lags.observe(Math.max(0, nowMs - dueMs) / 1e3);
      dueMs = nowMs + TICK_MS;
    });
  }

  stop(): void {
    this.#stopClock();
  }

  observePersist(seconds: number): void {
    this.#persists.observe(seconds);
  }

  received(frame: Uint8Array): void {
    this.#messages.received(frame);
  }

  sent(frame: Uint8Array): void {
    this.#messages.sent(frame, 1);
  }

  broadcast(frame: Uint8Array): void {
    this.#messages.sent(frame, this.#others);
  }

  executed(requests: number): void {
    this.#batches.observe(requests);
  }

  async text(): Promise<string> {
    const own = pageText(this.#samples(), this.#labels);
    return own + (await this.#process.metrics());
  }

  #samples(): readonly Sample[] {
    const { status, queues, heldBytes, peers, refused, authenticator } = this.#sources;
    const logBytes = this.#sources.logBytes();
    return [
      ...coreSamples(status(), queues()),
      plain(replicaMetrics.heldBytes, heldBytes()),
      ...(logBytes === null ? [] : [plain(replicaMetrics.logBytes, logBytes)]),
      ...this.#batches.samples(),
      ...this.#persists.samples(),
      ...this.#lags.samples(),
      ...this.#messages.samples(),
      ...authenticatorSamples(authenticator()),
      ...Object.entries(refused()).map(([reason, count]) =>
        plain(replicaMetrics.refused, count, { reason }),
      ),
      ...Object.entries(peers()).flatMap(([peer, counters]) => linkSamples(peer, counters)),
    ];
  }
}

function authenticatorSamples(work: AuthenticatorWork): readonly Sample[] {
  const { sign, verify, tag, checkTag } = work;
  return Object.entries({ sign, verify, tag, check: checkTag }).flatMap(([operation, of]) => [
    plain(replicaMetrics.authenticatorOperations, of.count, { operation }),
    plain(replicaMetrics.authenticatorSeconds, of.ms / 1e3, { operation }),
  ]);
}

/** A peer whose BEATs never came has no one-way time. */
function linkSamples(peer: string, counters: PeerCounters): readonly Sample[] {
  const values: readonly (readonly [Metric, number | null])[] = [
    [replicaMetrics.framesSent, counters.sent],
    [replicaMetrics.framesReceived, counters.received],
    [replicaMetrics.bytesSent, counters.sentBytes],
    [replicaMetrics.bytesReceived, counters.receivedBytes],
    [replicaMetrics.framesDropped, counters.dropped],
    [replicaMetrics.connects, counters.connects],
    [replicaMetrics.beatsSent, counters.beatSent],
    [replicaMetrics.connected, Number(counters.connected)],
    [replicaMetrics.oneWay, counters.oneWayMs === null ? null : counters.oneWayMs / 1e3],
  ];
  return values.flatMap(([metric, value]) =>
    value === null ? [] : [plain(metric, value, { peer })],
  );
}
