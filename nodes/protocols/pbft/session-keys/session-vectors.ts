/** Vectors under session keys, and the one message that is signed: the one that makes them. */
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { SessionTags } from "../../authentication/session-tags.ts";
import type { UnsignedAuthenticator } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import type { KeyExchange } from "../../contract/key-exchange.ts";
import type { ClusterParameters } from "../../contract/protocol.ts";
import { Writer } from "../../wire/codec.ts";
import { type Envelope, EnvelopeFormat } from "../../wire/envelope.ts";
import type { ReplicaState } from "../replica-state.ts";
import { NEW_KEY } from "./new-key.ts";

/** Of signatures: its frame looks like any other that is signed. */
const ALGORITHM = 1;

export class SessionVectors extends MacVectors {
  readonly exchange: KeyExchange;
  readonly #format: EnvelopeFormat;

  constructor(
    cluster: ClusterParameters,
    authenticator: UnsignedAuthenticator,
    { meter, clock }: Pick<ReplicaState, "meter"> & { readonly clock: { readonly now: number } },
  ) {
    const exchange = meter.meteredExchange(authenticator.exchange);
    const tags = new SessionTags(authenticator, { exchange, now: () => clock.now });
    super(cluster, meter.meteredTags(tags));
    const { clusterId, epoch } = cluster;
    this.exchange = exchange;
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: ALGORITHM });
  }

  override open(bytes: Uint8Array): Envelope | null {
    const envelope = super.open(bytes) ?? this.#format.open(bytes);
    if (envelope === null) return null;
    const isSigned = envelope.content[1] === ALGORITHM;
    return isSigned === (envelope.type === NEW_KEY) ? envelope : null;
  }

  override verify(envelope: Envelope): boolean {
    const { type, sender, content, authentication } = envelope;
    if (type !== NEW_KEY) return super.verify(envelope);
    return this.exchange.verify(sender, content, authentication);
  }

  newKey(payload: Uint8Array): Uint8Array {
    const content = this.#format.content(this.self, NEW_KEY, payload);
    return this.#format.frame(content, this.exchange.sign(content));
  }

  /** What keys are sealed with: cluster, epoch, author and counter. */
  about(author: NodeId, counter: number): Uint8Array {
    return this.#format.content(author, NEW_KEY, new Writer(8).u64(counter).finish());
  }
}
