import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { PeerCounters } from "../../../nodes/runtime/peer-counters.ts";
import type { Kernel } from "./kernel.ts";

/** As long as a BEAT on the wire, about. */
const BEAT = { body: new Uint8Array(40) };

interface Heard {
  lastNumber: number;
  count: number;
  oneWayMs: number | null;
}

/**
 * The beats of the transport (faults §4.2), in virtual time: numbered, on every link, once a
 * period, whatever the protocol does. What they show is what a fault is attested by.
 */
export class Beats {
  readonly #kernel: Kernel;
  readonly #endpoints: readonly string[];
  readonly #periodMs: number;
  readonly #sent = new Map<string, number>();
  readonly #heard = new Map<string, Heard>();

  constructor(kernel: Kernel, endpoints: readonly string[], periodMs: number) {
    this.#kernel = kernel;
    this.#endpoints = endpoints;
    this.#periodMs = periodMs;
  }

  start(): void {
    const beat = () => {
      for (const from of this.#endpoints) if (this.#runs(from)) this.#beat(from);
      this.#kernel.at(this.#kernel.now + this.#periodMs, beat);
    };
    beat();
  }

  /** Number of the last beat sent on the link. */
  sent(from: string, to: string): number {
    return this.#sent.get(`${from}>${to}`) ?? 0;
  }

  heard(from: string, to: string): Readonly<Heard> {
    return this.#heard.get(`${from}>${to}`) ?? { lastNumber: 0, count: 0, oneWayMs: null };
  }

  /** What `endpoint` knows of its links with all others. */
  peersOf(endpoint: string): Readonly<Record<string, PeerCounters>> {
    const peers: Record<string, PeerCounters> = {};
    for (const peer of this.#endpoints) {
      if (peer === endpoint) continue;
      const out = this.#kernel.link(endpoint, peer);
      const back = this.#kernel.link(peer, endpoint);
      const { lastNumber, count, oneWayMs } = this.heard(peer, endpoint);
      peers[peer] = {
        sent: out.counters.sent,
        sentBytes: out.counters.sentBytes,
        received: back.counters.received,
        receivedBytes: back.counters.receivedBytes,
        dropped: out.counters.dropped,
        beatSent: this.sent(endpoint, peer),
        beatReceived: lastNumber,
        beatsReceived: count,
        oneWayMs,
        connected: out.connected,
        connects: out.counters.connects,
      };
    }
    return peers;
  }

  #beat(from: string): void {
    for (const to of this.#endpoints) {
      if (to === from) continue;
      const link = `${from}>${to}`;
      const number = this.sent(from, to) + 1;
      const sentMs = this.#kernel.now;
      this.#sent.set(link, number);
      this.#kernel.link(from, to).send(BEAT, () => {
        if (this.#runs(to)) this.#hear(link, number, this.#kernel.now - sentMs);
      });
    }
  }

  #hear(link: string, number: number, oneWayMs: number): void {
    const { lastNumber, count } = this.#heard.get(link) ?? { lastNumber: 0, count: 0 };
    this.#heard.set(link, {
      lastNumber: Math.max(lastNumber, number),
      count: count + 1,
      oneWayMs,
    });
  }

  #runs(endpoint: string): boolean {
    const replica = this.#kernel.replicas.find(({ id }) => nodeName(id) === endpoint);
    return replica === undefined || replica.state === "running";
  }
}
