import { replicaMetrics } from "../metrics/replica-metrics.ts";
import { plain, type Sample } from "../metrics/sample.ts";
import { messageTypeOf } from "../protocols/wire/envelope.ts";

/** A type is one byte; whatever else a peer may send counts as the last. */
const TYPES = 257;
const OTHER = "other";

/** Messages and bytes by type, as they leave and arrive; counting allocates nothing. */
export class MessageCounts {
  readonly #names: ReadonlyMap<number, string>;
  readonly #sent = new Tally();
  readonly #received = new Tally();

  constructor(types: Readonly<Record<string, number>>) {
    this.#names = new Map(Object.entries(types).map(([name, type]) => [type, name]));
  }

  sent(frame: Uint8Array, receivers: number): void {
    this.#sent.count(frame, receivers);
  }

  received(frame: Uint8Array): void {
    this.#received.count(frame, 1);
  }

  /** Every type of the protocol, also one that never was; what is none of them in one. */
  samples(): readonly Sample[] {
    return [...this.#samplesOf(this.#sent, "sent"), ...this.#samplesOf(this.#received, "received")];
  }

  #samplesOf(tally: Tally, direction: string): readonly Sample[] {
    const other = { messages: 0, bytes: 0 };
    const named: Sample[] = [];
    for (let type = 0; type < TYPES; type++) {
      const [messages = 0, bytes = 0] = [tally.messages[type], tally.bytes[type]];
      const name = this.#names.get(type);
      if (name !== undefined) named.push(...pairOf({ type: name, direction }, messages, bytes));
      other.messages += name === undefined ? messages : 0;
      other.bytes += name === undefined ? bytes : 0;
    }
    return [...named, ...pairOf({ type: OTHER, direction }, other.messages, other.bytes)];
  }
}

class Tally {
  readonly messages = new Float64Array(TYPES);
  readonly bytes = new Float64Array(TYPES);

  count(frame: Uint8Array, times: number): void {
    const type = messageTypeOf(frame) ?? TYPES - 1;
    this.messages[type] = (this.messages[type] ?? 0) + times;
    this.bytes[type] = (this.bytes[type] ?? 0) + times * frame.length;
  }
}

function pairOf(
  labels: { readonly type: string; readonly direction: string },
  messages: number,
  bytes: number,
): readonly Sample[] {
  return [
    plain(replicaMetrics.messages, messages, labels),
    plain(replicaMetrics.messageBytes, bytes, labels),
  ];
}
