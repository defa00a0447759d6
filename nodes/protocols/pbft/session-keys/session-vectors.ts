/**
 * Vectors under session keys, and what is signed: the message that makes these keys, and requests
 * where clients sign them.
 */
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { Stamp } from "../../authentication/scheme.ts";
import { SessionTags } from "../../authentication/session-tags.ts";
import { SignedRequests } from "../../authentication/signed-requests.ts";
import type { UnsignedAuthenticator } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import type { KeyExchange } from "../../contract/key-exchange.ts";
import type { ClusterParameters } from "../../contract/protocol.ts";
import type { RequestVerifier } from "../../contract/request-signatures.ts";
import { Writer } from "../../wire/codec.ts";
import { type Envelope, EnvelopeFormat, messageTypeOf } from "../../wire/envelope.ts";
import { REQUEST } from "../../wire/request.ts";
import type { ReplicaState } from "../replica-state.ts";
import { NEW_KEY } from "./new-key.ts";

/** Of signatures: its frame looks like any other that is signed. */
const ALGORITHM = 1;

export class SessionVectors extends MacVectors {
  readonly exchange: KeyExchange;
  readonly #format: EnvelopeFormat;
  /** Null where clients do not sign. */
  readonly #requests: SignedRequests | null;
  readonly #verifier: RequestVerifier;
  readonly #tags: SessionTags;

  constructor(
    cluster: ClusterParameters,
    authenticator: UnsignedAuthenticator,
    { meter, clock }: Pick<ReplicaState, "meter"> & { readonly clock: { readonly now: number } },
  ) {
    const exchange = meter.meteredExchange(authenticator.exchange);
    const tags = new SessionTags(authenticator, { exchange, now: () => clock.now });
    const metered = meter.meteredTags(tags);
    super(cluster, metered);
    const { clusterId, epoch, clientAuth } = cluster;
    this.exchange = exchange;
    this.#tags = tags;
    this.#requests = clientAuth === "signature" ? new SignedRequests(cluster, metered) : null;
    this.#verifier = meter.meteredRequests(authenticator.requests);
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: ALGORITHM });
  }

  override open(bytes: Uint8Array): Envelope | null {
    const type = messageTypeOf(bytes);
    if (type === NEW_KEY) return this.#format.open(bytes);
    return type === REQUEST && this.#requests ? this.#requests.open(bytes) : super.open(bytes);
  }

  override verify(envelope: Envelope): boolean {
    const { type, sender, content, authentication } = envelope;
    if (type === REQUEST && this.#requests) {
      return this.#requests.isSigned(envelope, this.#verifier);
    }
    if (type !== NEW_KEY) return super.verify(envelope);
    return this.exchange.verify(sender, content, authentication);
  }

  override lacks(envelope: Envelope): Stamp {
    if (envelope.type === NEW_KEY) return "signature";
    return this.#tags.isOutdated(envelope.sender, this.tagIn(envelope)) ? "old keys" : "MAC";
  }

  /** The code of a signed request for this replica, which is looked at first. */
  isForReader(envelope: Envelope): boolean {
    return this.#requests?.isForReader(envelope) ?? false;
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
