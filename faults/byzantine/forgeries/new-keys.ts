/** NEW-KEYs as a bad replica makes them: signed, sealed for everybody, and as many as it likes. */

import {
  decodeNewKey,
  encodeNewKey,
  NEW_KEY,
} from "../../../nodes/protocols/pbft/session-keys/new-key.ts";
import { Writer } from "../../../nodes/protocols/wire/codec.ts";
import { EnvelopeFormat } from "../../../nodes/protocols/wire/envelope.ts";
import type { BehaviourContext } from "../behaviour.ts";

/** Of signatures. */
const ALGORITHM = 1;

export class NewKeys {
  readonly #context: BehaviourContext;
  readonly #format: EnvelopeFormat;

  constructor(context: BehaviourContext) {
    const { clusterId, epoch } = context.cluster;
    this.#context = context;
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: ALGORITHM });
  }

  /** Of this replica's NEW-KEY in `frame`; null for any other message. */
  counterIn(frame: Uint8Array): number | null {
    const envelope = this.#format.open(frame);
    if (envelope?.type !== NEW_KEY || envelope.sender !== this.#context.id) return null;
    return decodeNewKey(envelope.payload)?.counter ?? null;
  }

  /** Fresh keys, and the question for everybody's. */
  newKey(counter: number): Uint8Array {
    const { id, cluster, authenticator } = this.#context;
    const others = Array.from({ length: cluster.replicas }, (_, replica) => replica).filter(
      (replica) => replica !== id,
    );
    const about = this.#format.content(id, NEW_KEY, new Writer(8).u64(counter).finish());
    const { sealed } = authenticator.exchange.choose(others, about);
    const payload = encodeNewKey({ counter, asks: true, sealed });
    const content = this.#format.content(id, NEW_KEY, payload);
    return this.#format.frame(content, authenticator.exchange.sign(content));
  }
}
