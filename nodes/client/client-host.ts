/**
 * The client host: all logical clients of one process, over one connection per replica
 * (harness §8.4). Each frame carries the logical client's own authentication; the connection
 * carries the host's.
 */
import {
  type ClientCore,
  type ClientEffects,
  type Completion,
  clientId,
  hostOf,
  type NodeId,
  nodeName,
} from "../protocols/contract/core.ts";
import type { Protocol } from "../protocols/contract/protocol.ts";
import type { ClientHostConfig } from "../runtime/config.ts";
import { Dialler, LINK_TIMES } from "../runtime/dialler.ts";
import { FRAME, plainBytes } from "../runtime/frame.ts";
import { InboundScheduler } from "../runtime/inbound-scheduler.ts";
import { Ed25519Authenticator } from "../runtime/keys.ts";
import { Peer } from "../runtime/peer.ts";
import type { PeerCounters } from "../runtime/peer-counters.ts";
import { PeerLine } from "../runtime/peer-line.ts";
import { Rejections } from "../runtime/rejections.ts";
import { TimerSet } from "../runtime/timer-set.ts";
import { atEndOfTurn, every, hostClockMs, hostClockNs } from "../runtime/timers.ts";
import { MeteredAuthenticator, WorkMeter } from "../runtime/work-meter.ts";

export class ClientHost {
  /** Connections closed for what came over them, and what was not sent, by reason. */
  readonly rejections = new Rejections();
  readonly #config: ClientHostConfig;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #diallers: Dialler[] = [];
  readonly #clients = new Map<NodeId, LogicalClient>();
  readonly #stopBeats: () => void;
  #isFlushing = false;

  /**
   * Dials every replica; does not wait for them.
   * @throws {RangeError} if a key or an address is missing
   */
  constructor(config: ClientHostConfig, protocol: Protocol) {
    this.#config = config;
    const { cluster, host } = config;
    const self = clientId({ host, index: 0 });
    const meter = new WorkMeter();
    const scheduler = new InboundScheduler({
      meter,
      peers: cluster.replicas,
      isCongested: () => false,
    });
    const authenticator = new Ed25519Authenticator(self, config.keys);
    const identity = { ...cluster, self, incarnation: hostClockNs(), authenticator };
    for (let replica = 0; replica < cluster.replicas; replica++) {
      const address = config.dial[nodeName(replica)];
      if (address === undefined)
        throw new RangeError(`dial has no address of ${nodeName(replica)}`);
      const { rejections } = this;
      const peer = new Peer(replica, rejections);
      const onFrame = (type: number, body: Buffer) => this.#arrived(peer, type, body);
      const line = new PeerLine({ peer, meter, hasAllowance: false, onFrame });
      const onReadable = () => scheduler.readable(line);
      this.#peers.set(replica, peer);
      this.#diallers.push(
        new Dialler({ identity, peer, address, times: LINK_TIMES, rejections, onReadable }),
      );
    }
    for (let index = 1; index <= config.clients; index++) {
      const id = clientId({ host, index });
      const own = new MeteredAuthenticator(new Ed25519Authenticator(id, config.keys), meter);
      const core = protocol.createClient({ id, cluster, authenticator: own });
      const send = (to: NodeId, frame: Uint8Array) => this.#send(id, to, frame);
      this.#clients.set(id, new LogicalClient(core, send));
    }
    for (const dialler of this.#diallers) dialler.start();
    this.#stopBeats = every(cluster.timers.statusMs, () => {
      for (const peer of this.#peers.values()) peer.beat();
    });
  }

  /**
   * @param index of the logical client, from 1
   * @param onCompletion called once, later; never from within this call
   * @returns the request's timestamp
   * @throws {AssertionError} if that client still waits for an operation
   */
  invoke(
    index: number,
    operation: Uint8Array,
    onCompletion: (completion: Completion) => void,
  ): number {
    const client = this.#clients.get(clientId({ host: this.#config.host, index }));
    if (client === undefined) throw new RangeError(`there is no client ${index}`);
    return client.invoke(operation, onCompletion);
  }

  /** By replica name. */
  peers(): Readonly<Record<string, PeerCounters>> {
    const counters: Record<string, PeerCounters> = {};
    for (const peer of this.#peers.values()) counters[peer.name] = peer.counters;
    return counters;
  }

  /** Outstanding operations complete no more. */
  close(): void {
    this.#stopBeats();
    for (const dialler of this.#diallers) dialler.stop();
    for (const client of this.#clients.values()) client.stop();
  }

  #send(client: NodeId, to: NodeId, frame: Uint8Array): void {
    this.#peers.get(to)?.send({ type: FRAME.data, client, body: frame });
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    atEndOfTurn(() => {
      this.#isFlushing = false;
      for (const peer of this.#peers.values()) peer.flush();
    });
  }

  #arrived(peer: Peer, type: number, body: Buffer): string | null {
    if (type !== FRAME.reply) return "unexpected-frame";
    if (body.length < 4) return "malformed-reply";
    const id = body.readUInt32BE(0);
    if (hostOf(id) !== clientId({ host: this.#config.host, index: 0 })) return "misrouted-reply";
    // A late answer to a client of an earlier, larger workload is nobody's fault.
    this.#clients.get(id)?.arrived(peer.id, plainBytes(body.subarray(4)));
    return null;
  }
}

/** One core with its timers and the operation it waits for. */
class LogicalClient implements ClientEffects {
  readonly #core: ClientCore;
  readonly #timers: TimerSet;
  readonly send: ClientEffects["send"];
  #onCompletion: ((completion: Completion) => void) | null = null;

  constructor(core: ClientCore, send: ClientEffects["send"]) {
    this.#core = core;
    this.send = send;
    this.#timers = new TimerSet((id) => this.#core.timer(id, hostClockMs(), this));
  }

  invoke(operation: Uint8Array, onCompletion: (completion: Completion) => void): number {
    const timestamp = this.#core.invoke(operation, hostClockMs(), this);
    this.#onCompletion = onCompletion;
    return timestamp;
  }

  arrived(from: NodeId, frame: Uint8Array): void {
    this.#core.frame(from, frame, hostClockMs(), this);
  }

  stop(): void {
    this.#onCompletion = null;
    this.#timers.cancelAll();
  }

  setTimer(id: string, afterMs: number): void {
    this.#timers.set(id, afterMs);
  }

  cancelTimer(id: string): void {
    this.#timers.cancel(id);
  }

  completed(completion: Completion): void {
    const onCompletion = this.#onCompletion;
    this.#onCompletion = null;
    onCompletion?.(completion);
  }
}
