import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { PeerCounters } from "../../../nodes/runtime/peer-counters.ts";
import type { Kernel } from "./kernel.ts";
import type { Link } from "./link.ts";
import type { SimulatedReplica } from "./replica.ts";

/** As long as a BEAT on the wire, about. */
const BEAT = { body: new Uint8Array(40) };

interface Heard {
  lastNumber: number;
  count: number;
  oneWayMs: number | null;
}

/** One directed link: what went over it, and what was heard of that. */
interface BeatLine {
  readonly to: string;
  readonly link: Link;
  sent: number;
  readonly heard: Heard;
}

/** The two directions between an endpoint and one of the others. */
interface PeerLines {
  readonly out: BeatLine;
  readonly back: BeatLine;
}

/**
 * The beats of the transport (faults §4.2), in virtual time: numbered, on every link, once a
 * period, whatever the protocol does. What they show is what a fault is attested by.
 */
export class Beats {
  readonly #kernel: Kernel;
  readonly #periodMs: number;
  readonly #replicas: ReadonlyMap<string, SimulatedReplica>;
  readonly #lines = new Map<string, BeatLine>();
  /** By endpoint, the others in their order. */
  readonly #peers = new Map<string, readonly PeerLines[]>();

  constructor(kernel: Kernel, endpoints: readonly string[], periodMs: number) {
    this.#kernel = kernel;
    this.#periodMs = periodMs;
    this.#replicas = new Map(kernel.replicas.map((replica) => [nodeName(replica.id), replica]));
    for (const from of endpoints) {
      const others = endpoints.filter((to) => to !== from);
      const peers = others.map((to) => ({ out: this.#line(from, to), back: this.#line(to, from) }));
      this.#peers.set(from, peers);
    }
  }

  start(): void {
    const beat = () => {
      for (const [from, peers] of this.#peers) if (this.#runs(from)) this.#beat(peers);
      this.#kernel.at(this.#kernel.now + this.#periodMs, beat);
    };
    beat();
  }

  /** Number of the last beat sent on the link. */
  sent(from: string, to: string): number {
    return this.#line(from, to).sent;
  }

  heard(from: string, to: string): Readonly<Heard> {
    return this.#line(from, to).heard;
  }

  /** What `endpoint` knows of its links with all others. */
  peersOf(endpoint: string): Readonly<Record<string, PeerCounters>> {
    const peers: Record<string, PeerCounters> = {};
    for (const { out, back } of this.#peers.get(endpoint) ?? []) {
      const sent = out.link.counters;
      const received = back.link.counters;
      peers[out.to] = {
        sent: sent.sent,
        sentBytes: sent.sentBytes,
        received: received.received,
        receivedBytes: received.receivedBytes,
        dropped: sent.dropped,
        beatSent: out.sent,
        beatReceived: back.heard.lastNumber,
        beatsReceived: back.heard.count,
        oneWayMs: back.heard.oneWayMs,
        connected: out.link.connected,
        connects: sent.connects,
      };
    }
    return peers;
  }

  #line(from: string, to: string): BeatLine {
    const name = `${from}>${to}`;
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const heard = { lastNumber: 0, count: 0, oneWayMs: null };
    const line = { to, link: this.#kernel.link(from, to), sent: 0, heard };
    this.#lines.set(name, line);
    return line;
  }

  #beat(peers: readonly PeerLines[]): void {
    const sentMs = this.#kernel.now;
    for (const { out } of peers) {
      out.sent += 1;
      const number = out.sent;
      out.link.send(BEAT, () => {
        if (this.#runs(out.to)) hear(out.heard, number, this.#kernel.now - sentMs);
      });
    }
  }

  #runs(endpoint: string): boolean {
    const replica = this.#replicas.get(endpoint);
    return replica === undefined || replica.state === "running";
  }
}

function hear(heard: Heard, number: number, oneWayMs: number): void {
  heard.lastNumber = Math.max(heard.lastNumber, number);
  heard.count += 1;
  heard.oneWayMs = oneWayMs;
}
