/** What a replica says under session keys, under the first ones that others chose for it. */
import { MacVectors } from "../../../nodes/protocols/authentication/mac-vectors.ts";
import { SessionTags } from "../../../nodes/protocols/authentication/session-tags.ts";
import { isReplica, type NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { KeyExchange, SessionKey } from "../../../nodes/protocols/contract/key-exchange.ts";
import { isLasting } from "../../../nodes/protocols/pbft/proofs/messages.ts";
import { NEW_KEY } from "../../../nodes/protocols/pbft/session-keys/new-key.ts";
import { withAttachment } from "../../../nodes/protocols/wire/envelope.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { macVectors } from "./own-messages.ts";

export class OldKeys {
  readonly #exchange: KeyExchange;
  readonly #first = new Map<NodeId, SessionKey>();
  readonly #today: MacVectors;
  readonly #old: MacVectors;
  readonly #isUnderOthers: (type: number) => boolean;

  /** @param isUnderOthers which messages session keys have nothing to do with */
  constructor(context: BehaviourContext, isUnderOthers: (type: number) => boolean) {
    const { cluster, authenticator } = context;
    const { exchange } = authenticator;
    this.#exchange = exchange;
    this.#isUnderOthers = isUnderOthers;
    this.#today = macVectors(context);
    const ring = { ...exchange.ring, sending: this.#first };
    const old = { exchange: { ...exchange, ring }, now: () => 0 };
    this.#old = new MacVectors(cluster, new SessionTags(authenticator, old));
  }

  /** Where all but NEW-KEY is under session keys. */
  static ofMacs(context: BehaviourContext): OldKeys {
    return new OldKeys(context, (type) => type === NEW_KEY);
  }

  /** Where what may have to be shown to others is under long-term keys. */
  static ofProofs(context: BehaviourContext): OldKeys {
    return new OldKeys(context, (type) => type === NEW_KEY || isLasting(type));
  }

  /** Keeps the first key of each peer that there is by now. */
  remember(): void {
    for (const [peer, key] of this.#exchange.ring.sending) {
      if (!this.#first.has(peer)) this.#first.set(peer, key);
    }
  }

  /** The own message in `frame` under old keys; any other as it is. */
  sealed(to: NodeId, frame: Uint8Array): Uint8Array {
    const envelope = isReplica(to) ? this.#today.open(frame) : null;
    if (envelope === null || envelope.sender !== this.#today.self) return frame;
    const { type, payload, attachment } = envelope;
    if (this.#isUnderOthers(type)) return frame;
    const receiver = this.#today.isPortable(envelope) ? "all" : to;
    return withAttachment(this.#old.seal({ type, payload }, receiver), attachment);
  }
}
