/**
 * A cluster of pbft-relay with `requestAt: K2`, and a client that tells each replica what it likes.
 * Liars among the replicas say nothing but what it has them relay. T is 1 s, a STATUS period 150 ms.
 */
import { nullService } from "../../../services/null.ts";
import { Channels } from "../../authentication/channels.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { decodeRequest, requestContent } from "../../wire/request.ts";
import { Cluster } from "../cluster.fixture.ts";
import { encodeRelaySet, RELAY_SET } from "../relays/messages.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";

const HOST = clientId({ host: 0, index: 0 });
const CLIENT = clientId({ host: 0, index: 1 });

export class UnevenClient {
  readonly cluster: Cluster;
  readonly #liars: readonly NodeId[];
  readonly #scheme: Channels;

  constructor({
    latencyMs = 2,
    liars = [],
    ...size
  }: {
    readonly latencyMs?: number;
    readonly liars?: readonly NodeId[];
    readonly replicas?: number;
    readonly faultsMax?: number;
  }) {
    this.cluster = new Cluster({
      serviceOf: () => nullService.create({ argumentBytes: 0, resultBytes: 0 }),
      wire: { latencyMs, bytesPerMs: 100_000 },
      isDiskKept: false,
      parameters: {
        ...size,
        timers: { requestMs: 1_000, statusMs: 150, clientMs: 400, clientCapMs: 2_000 },
        requestAt: "K2",
      },
      createReplica: pbftRelay.createReplica,
    });
    this.#liars = liars;
    this.#scheme = this.#channelsOf(CLIENT);
    this.cluster.onWire = ({ from, bytes }) => (liars.includes(from) ? null : bytes);
  }

  tell(timestamp: number, ...replicas: readonly NodeId[]): void {
    for (const to of replicas) {
      this.cluster.deliver({ from: HOST, to, bytes: this.#sealed(timestamp, to) });
    }
  }

  /** Each liar relays that the client asked for these. */
  haveRelayed(timestamps: readonly number[], ...replicas: readonly NodeId[]): void {
    const statements = timestamps.map((slot) => ({
      author: CLIENT,
      slot,
      digest: this.#digestOf(slot),
    }));
    const content = { type: RELAY_SET, payload: encodeRelaySet(statements) };
    for (const from of this.#liars) {
      const scheme = this.#channelsOf(from);
      for (const to of replicas) {
        this.cluster.deliver({ from, to, bytes: scheme.seal(content, to) });
      }
    }
  }

  /** The views of the good ones in the end. */
  viewsAt(untilMs: number): readonly number[] {
    this.cluster.run(() => false, untilMs);
    const good = [...this.cluster.cores.entries()].filter(([id]) => !this.#liars.includes(id));
    return good.map(([, core]) => core.status().view);
  }

  #channelsOf(node: NodeId): Channels {
    return new Channels(this.cluster.cluster, this.cluster.authenticatorOf(node));
  }

  #sealed(timestamp: number, to: NodeId): Uint8Array {
    return this.#scheme.seal(requestContent({ timestamp, operation: Uint8Array.of(1) }), to);
  }

  #digestOf(timestamp: number): string {
    const reader = this.#channelsOf(0);
    const envelope = reader.open(this.#sealed(timestamp, 0));
    return (envelope && decodeRequest(reader, envelope))?.digest ?? "";
  }
}
