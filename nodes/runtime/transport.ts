/**
 * The links of one replica (DESIGN 4): it dials every other replica and sends only on what it
 * dialled; it answers client hosts on the connections that they dialled.
 */
import { hostOf, isReplica, type NodeId, nodeName } from "../protocols/core.ts";
import { Acceptor, type InboundFrame } from "./acceptor.ts";
import type { SocketAddress } from "./config.ts";
import { Dialler, LINK_TIMES, type LinkTimes } from "./dialler.ts";
import { FRAME, plainBytes } from "./frame.ts";
import type { Identity } from "./handshake.ts";
import type { QueueBounds } from "./outbound-queue.ts";
import { Peer, QUEUE_BOUNDS } from "./peer.ts";
import type { PeerCounters } from "./peer-counters.ts";
import { Rejections } from "./rejections.ts";
import { every } from "./timers.ts";

export interface TransportOptions {
  readonly identity: Identity;
  readonly replicas: number;
  /** Node ids of the client hosts that may connect. */
  readonly clientHosts: readonly NodeId[];
  readonly listen: SocketAddress;
  /** By replica name. */
  readonly dial: Readonly<Record<string, SocketAddress>>;
  readonly beatMs: number;
  /** Must not throw. The bytes are a view of the chunk that was read. */
  readonly onFrame: (from: NodeId, bytes: Uint8Array) => void;
  readonly times?: LinkTimes;
  readonly queueBounds?: QueueBounds;
}

export class ReplicaTransport {
  readonly rejections = new Rejections();
  readonly #options: TransportOptions;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #otherReplicas: Peer[] = [];
  readonly #diallers: Dialler[] = [];
  readonly #acceptor: Acceptor;
  #stopBeats: () => void = () => undefined;

  /** @throws {RangeError} if `dial` lacks a replica */
  constructor(options: TransportOptions) {
    this.#options = options;
    const times = options.times ?? LINK_TIMES;
    const { identity } = options;
    for (let id = 0; id < options.replicas; id++) {
      if (id !== identity.self) this.#addReplica(id, times);
    }
    for (const host of options.clientHosts) {
      this.#peers.set(host, new Peer(host, options.queueBounds ?? QUEUE_BOUNDS));
    }
    this.#acceptor = new Acceptor({
      identity,
      peers: this.#peers,
      handshakeMs: times.handshakeMs,
      rejections: this.rejections,
      sendsDownstream: (peer) => !isReplica(peer.id),
      onFrame: (peer, frame) => this.#frameArrived(peer, frame),
    });
  }

  /** Rejects if the address cannot be bound. */
  async start(): Promise<void> {
    await this.#acceptor.listen(this.#options.listen);
    for (const dialler of this.#diallers) dialler.start();
    this.#stopBeats = every(this.#options.beatMs, () => {
      for (const peer of this.#peers.values()) peer.beat();
    });
  }

  async stop(): Promise<void> {
    this.#stopBeats();
    for (const dialler of this.#diallers) dialler.stop();
    await this.#acceptor.close();
  }

  /** Queued until `flush`. To a node that nobody knows: counted, nothing else. */
  send(to: NodeId, frame: Uint8Array): void {
    const peer = this.#peers.get(isReplica(to) ? to : hostOf(to));
    if (peer === undefined) this.rejections.count("no-route");
    else if (isReplica(to)) peer.send({ type: FRAME.data, body: frame });
    else peer.send({ type: FRAME.reply, client: to, body: frame });
  }

  broadcast(frame: Uint8Array): void {
    const outbound = { type: FRAME.data, body: frame };
    for (const peer of this.#otherReplicas) peer.send(outbound);
  }

  /** One write per peer with everything that was sent since the last time. */
  flush(): void {
    for (const peer of this.#peers.values()) peer.flush();
  }

  get peers(): Readonly<Record<string, PeerCounters>> {
    const counters: Record<string, PeerCounters> = {};
    for (const peer of this.#peers.values()) counters[peer.name] = peer.counters;
    return counters;
  }

  #addReplica(id: NodeId, times: LinkTimes): void {
    const address = this.#options.dial[nodeName(id)];
    if (address === undefined) throw new RangeError(`dial has no address of ${nodeName(id)}`);
    const peer = new Peer(id, this.#options.queueBounds ?? QUEUE_BOUNDS);
    this.#peers.set(id, peer);
    this.#otherReplicas.push(peer);
    this.#diallers.push(
      new Dialler({
        identity: this.#options.identity,
        peer,
        address,
        times,
        rejections: this.rejections,
        // The way down a replica link carries the handshake and nothing else.
        onFrame: () => "unexpected-frame",
      }),
    );
  }

  #frameArrived(peer: Peer, { type, body, incarnation }: InboundFrame): string | null {
    peer.countReceived(body.length);
    if (type === FRAME.beat) return peer.beatArrived(body, incarnation);
    if (type !== FRAME.data) return "unexpected-frame";
    this.#options.onFrame(peer.id, plainBytes(body));
    return null;
  }
}
