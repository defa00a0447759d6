/** NEW-KEYs as a bad replica makes them: signed, sealed for everybody, and as many as it likes. */

import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import {
  decodeNewKey,
  encodeNewKey,
  NEW_KEY,
} from "../../../nodes/protocols/pbft/session-keys/new-key.ts";
import type { SessionVectors } from "../../../nodes/protocols/pbft/session-keys/session-vectors.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { macVectors } from "./own-messages.ts";

export class NewKeys {
  readonly #scheme: SessionVectors;
  /** Whom keys are for. */
  readonly #others: readonly NodeId[];

  constructor(context: BehaviourContext) {
    const { id, cluster } = context;
    this.#scheme = macVectors(context);
    this.#others = Array.from({ length: cluster.replicas }, (_, replica) => replica).filter(
      (replica) => replica !== id,
    );
  }

  /** Of this replica's NEW-KEY in `frame`; null for any other message. */
  counterIn(frame: Uint8Array): number | null {
    const envelope = this.#scheme.open(frame);
    if (envelope?.type !== NEW_KEY || envelope.sender !== this.#scheme.self) return null;
    return decodeNewKey(envelope.payload)?.counter ?? null;
  }

  /** Fresh keys, and the question for everybody's. */
  newKey(counter: number): Uint8Array {
    const { exchange, self } = this.#scheme;
    const { sealed } = exchange.choose(this.#others, this.#scheme.about(self, counter));
    return this.#scheme.newKey(encodeNewKey({ counter, asks: true, sealed }));
  }
}
