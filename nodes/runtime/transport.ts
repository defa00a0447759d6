/**
 * The links of one replica (harness §8.1, §8.2): it dials every other replica and sends only on
 * what it dialled; it answers client hosts on the connections that they dialled.
 */
import { hostOf, isReplica, type NodeId, nodeName } from "../protocols/contract/core.ts";
import { Acceptor } from "./acceptor.ts";
import type { SocketAddress } from "./config.ts";
import { strangersMax } from "./descriptors.ts";
import { Dialler, LINK_TIMES, type LinkTimes } from "./dialler.ts";
import { FRAME, plainBytes } from "./frame.ts";
import type { Identity } from "./handshake.ts";
import { InboundScheduler } from "./inbound-scheduler.ts";
import type { QueueBounds } from "./outbound-queue.ts";
import { Peer } from "./peer.ts";
import type { PeerCounters } from "./peer-counters.ts";
import { PeerLine } from "./peer-line.ts";
import { Rejections } from "./rejections.ts";
import { every } from "./timers.ts";
import { WorkMeter } from "./work-meter.ts";

export interface TransportOptions {
  readonly identity: Identity;
  readonly replicas: number;
  /** Node ids of the client hosts that may connect. */
  readonly clientHosts: readonly NodeId[];
  readonly listen: SocketAddress;
  /** By replica name. */
  readonly dial: Readonly<Record<string, SocketAddress>>;
  readonly beatMs: number;
  /** What is counted while a peer's frame is looked at is charged to that peer. */
  readonly meter?: WorkMeter;
  /** While true no frame is looked at; `resume` must be called when it is false again. */
  readonly isCongested?: () => boolean;
  /** Is told the first case of what should never happen; see `Rejections`. */
  readonly tell?: (line: string) => void;
  /** Must not throw. The bytes are a view of the chunk that was read. */
  readonly onFrame: (from: NodeId, bytes: Uint8Array) => void;
  readonly times?: LinkTimes;
  readonly queueBounds?: QueueBounds;
}

export class ReplicaTransport {
  readonly rejections: Rejections;
  readonly #options: TransportOptions;
  readonly #meter: WorkMeter;
  readonly #scheduler: InboundScheduler;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #lines = new Map<Peer, PeerLine>();
  readonly #otherReplicas: Peer[] = [];
  readonly #diallers: Dialler[] = [];
  readonly #acceptor: Acceptor;
  #stopBeats: () => void = () => undefined;

  /** @throws {RangeError} if `dial` lacks a replica */
  constructor(options: TransportOptions) {
    this.#options = options;
    const times = options.times ?? LINK_TIMES;
    const { identity } = options;
    const isCongested = options.isCongested ?? (() => false);
    this.rejections = new Rejections(options.tell);
    this.#meter = options.meter ?? new WorkMeter();
    const peers = Math.max(1, options.replicas - 1);
    this.#scheduler = new InboundScheduler({ meter: this.#meter, peers, isCongested });
    for (let id = 0; id < options.replicas; id++) {
      if (id !== identity.self) this.#addReplica(id, times);
    }
    for (const host of options.clientHosts) this.#addPeer(host);
    this.#acceptor = new Acceptor({
      identity,
      peers: this.#peers,
      handshakeMs: times.handshakeMs,
      bounds: strangersMax(),
      rejections: this.rejections,
      sendsDownstream: (peer) => !isReplica(peer.id),
      onStranger: () => this.#scheduler.readable(this.#acceptor),
      onReadable: (peer) => {
        const line = this.#lines.get(peer);
        if (line !== undefined) this.#scheduler.readable(line);
      },
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

  /** Frames may be looked at again. */
  resume(): void {
    this.#scheduler.resume();
  }

  get queuedFrames(): number {
    let frames = 0;
    for (const peer of this.#peers.values()) frames += peer.queuedFrames;
    return frames;
  }

  get peers(): Readonly<Record<string, PeerCounters>> {
    const counters: Record<string, PeerCounters> = {};
    for (const peer of this.#peers.values()) counters[peer.name] = peer.counters;
    return counters;
  }

  #addPeer(id: NodeId): Peer {
    const peer = new Peer(id, this.rejections, this.#options.queueBounds);
    const onFrame = (type: number, body: Buffer) => this.#frameArrived(peer, type, body);
    this.#peers.set(id, peer);
    this.#lines.set(
      peer,
      new PeerLine({ peer, meter: this.#meter, hasAllowance: isReplica(id), onFrame }),
    );
    return peer;
  }

  #addReplica(id: NodeId, times: LinkTimes): void {
    const { identity, dial } = this.#options;
    const { rejections } = this;
    const address = dial[nodeName(id)];
    if (address === undefined) throw new RangeError(`dial has no address of ${nodeName(id)}`);
    const peer = this.#addPeer(id);
    this.#otherReplicas.push(peer);
    // The way down a replica link carries the handshake and nothing else.
    const onReadable = null;
    this.#diallers.push(new Dialler({ identity, peer, address, times, rejections, onReadable }));
  }

  #frameArrived(peer: Peer, type: number, body: Buffer): string | null {
    if (type !== FRAME.data) return "unexpected-frame";
    this.#options.onFrame(peer.id, plainBytes(body));
    return null;
  }
}
