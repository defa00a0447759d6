/**
 * Everything one process knows of its link with one peer: the outbound queue, the connection used
 * for sending, the connections to read from, and the counters by which faults are attested. It
 * outlives connections.
 */
import { type NodeId, nodeName } from "../protocols/contract/core.ts";
import type { Connection } from "./connection.ts";
import { FRAME, isSendable, type OutboundFrame, wireBytes } from "./frame.ts";
import { Inbox } from "./inbox.ts";
import { OutboundQueue, type QueueBounds } from "./outbound-queue.ts";
import type { PeerCounters } from "./peer-counters.ts";
import type { Rejections } from "./rejections.ts";
import { hostClockNs } from "./timers.ts";

/** Enough for the bursts of a view change; what is older is cheaper to retransmit than to keep. */
export const QUEUE_BOUNDS: QueueBounds = { framesMax: 4096, bytesMax: 8 * 1024 * 1024 };

/** One write hands at most this much to the kernel, so that a stalled peer pins little memory. */
const WRITE_BYTES_MAX = 256 * 1024;

const BEAT_BYTES = 16;

/** BEATs that come later than this many after a newer one are not counted any more. */
const BEAT_MEMORY = 2048;

export class Peer {
  readonly id: NodeId;
  readonly name: string;
  readonly inbox = new Inbox();
  readonly #queue: OutboundQueue;
  readonly #rejections: Rejections;
  /** Oldest first; the last one is used for sending. */
  #connections: Connection[] = [];
  #incarnation = 0n;
  readonly #seenBeats = new Float64Array(BEAT_MEMORY);
  readonly #counts = {
    sent: 0,
    received: 0,
    sentBytes: 0,
    receivedBytes: 0,
    dropped: 0,
    beatSent: 0,
    beatReceived: 0,
    beatsReceived: 0,
    oneWayMs: null as number | null,
    connects: 0,
  };

  /** @param rejections where it is counted why something was not sent */
  constructor(id: NodeId, rejections: Rejections, bounds: QueueBounds = QUEUE_BOUNDS) {
    this.id = id;
    this.name = nodeName(id);
    this.#rejections = rejections;
    this.#queue = new OutboundQueue(bounds, (reason) => this.#dropped(reason));
  }

  get counters(): PeerCounters {
    return {
      ...this.#counts,
      connected: this.#connections.length > 0,
    };
  }

  get queuedFrames(): number {
    return this.#queue.frames;
  }

  /**
   * A peer that started again counts its BEATs from 1. A connection of an older process may still
   * deliver what was held back; it changes nothing here.
   */
  noteIncarnation(incarnation: bigint): void {
    if (incarnation <= this.#incarnation) return;
    this.#incarnation = incarnation;
    this.#seenBeats.fill(0);
    this.#counts.beatReceived = 0;
    this.#counts.beatsReceived = 0;
  }

  /** A finished handshake: from now on this connection carries what is sent. */
  attach(connection: Connection, incarnation: bigint): void {
    this.noteIncarnation(incarnation);
    if (incarnation < this.#incarnation) this.#connections.unshift(connection);
    else this.#connections.push(connection);
    this.#counts.connects += 1;
    this.flush();
  }

  detach(connection: Connection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
  }

  /** Waits in the queue until `flush`, and until there is a connection. */
  send(frame: OutboundFrame): void {
    if (isSendable(frame)) this.#queue.push(frame);
    else this.#dropped("frame-too-large", `${wireBytes(frame)} bytes for ${this.name}`);
  }

  #dropped(reason: string, detail?: string): void {
    this.#counts.dropped += 1;
    this.#rejections.count(reason, detail);
  }

  /** Hands over what the kernel takes; the rest goes when the connection has drained. */
  flush(): void {
    if (this.#queue.frames === 0) return;
    const connection = this.#connections.at(-1);
    if (connection === undefined) return;
    while (!connection.isBlocked && !connection.isClosed) {
      const batch = this.#queue.take(WRITE_BYTES_MAX, connection.sendingCodes);
      if (batch === null) return;
      this.#counts.sent += batch.frames;
      this.#counts.sentBytes += batch.bytes.length;
      connection.write(batch.bytes);
    }
  }

  /** Sends the next BEAT; without a connection its number is lost, which the receiver will see. */
  beat(): void {
    this.#counts.beatSent += 1;
    if (this.#connections.length === 0) return;
    const body = Buffer.allocUnsafe(BEAT_BYTES);
    body.writeBigUInt64BE(BigInt(this.#counts.beatSent), 0);
    body.writeBigUInt64BE(hostClockNs(), 8);
    this.send({ type: FRAME.beat, body });
    this.flush();
  }

  countReceived(bytes: number): void {
    this.#counts.received += 1;
    this.#counts.receivedBytes += bytes;
  }

  /** @returns null, or why the body is no BEAT */
  beatArrived(body: Buffer, incarnation: bigint): string | null {
    if (body.length !== BEAT_BYTES) return "malformed-beat";
    if (incarnation !== this.#incarnation) return null;
    const number = Number(body.readBigUInt64BE(0));
    const counts = this.#counts;
    const slot = number % BEAT_MEMORY;
    const isTooOld = number + BEAT_MEMORY <= counts.beatReceived;
    if (number === 0 || isTooOld || this.#seenBeats[slot] === number) return null;
    this.#seenBeats[slot] = number;
    counts.beatsReceived += 1;
    counts.beatReceived = Math.max(counts.beatReceived, number);
    counts.oneWayMs = Number(hostClockNs() - body.readBigUInt64BE(8)) / 1e6;
    return null;
  }
}
