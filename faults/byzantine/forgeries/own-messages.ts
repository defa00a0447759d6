/**
 * What a liar can say in any protocol: whatever it likes under its own keys, and in nobody else's
 * name but with a signature, or codes, that do not fit.
 */
import { CheckMeter } from "../../../nodes/protocols/authentication/check-meter.ts";
import { replySchemeOf } from "../../../nodes/protocols/authentication/reply-schemes.ts";
import type {
  AuthenticationScheme,
  Content,
  Receiver,
} from "../../../nodes/protocols/authentication/scheme.ts";
import { Signatures } from "../../../nodes/protocols/authentication/signatures.ts";
import {
  type NodeAuthenticator,
  withoutSigning,
} from "../../../nodes/protocols/contract/authenticator.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../../nodes/protocols/contract/protocol.ts";
import { ProofVectors } from "../../../nodes/protocols/pbft/proofs/proof-vectors.ts";
import { SessionVectors } from "../../../nodes/protocols/pbft/session-keys/session-vectors.ts";
import { Writer } from "../../../nodes/protocols/wire/codec.ts";
import { type Envelope, withAttachment } from "../../../nodes/protocols/wire/envelope.ts";
import {
  decodeReply,
  encodeReply,
  REPLY,
  REQUEST,
  type Reply,
} from "../../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "../behaviour.ts";

export class OwnMessages {
  readonly id: NodeId;
  readonly cluster: ClusterParameters;
  protected readonly scheme: AuthenticationScheme;
  readonly #replies: AuthenticationScheme;

  constructor(
    { id, cluster }: BehaviourContext,
    scheme: AuthenticationScheme,
    replies: AuthenticationScheme = scheme,
  ) {
    this.id = id;
    this.cluster = cluster;
    this.scheme = scheme;
    this.#replies = replies;
  }

  /** All replicas but this one, ascending. */
  get others(): readonly NodeId[] {
    const all = Array.from({ length: this.cluster.replicas }, (_, replica) => replica);
    return all.filter((replica) => replica !== this.id);
  }

  digest(bytes: Uint8Array): string {
    return this.scheme.digest(bytes);
  }

  replyIn(frame: Uint8Array): Reply | null {
    const envelope = this.own(frame);
    return envelope && decodeReply(envelope);
  }

  reply(reply: Reply): Uint8Array {
    return encodeReply(this.#replies, reply);
  }

  isOwn(frame: Uint8Array): boolean {
    return this.own(frame) !== null;
  }

  /** A REQUEST, which no replica makes itself. */
  isRequest(frame: Uint8Array): boolean {
    return this.open(frame)?.type === REQUEST;
  }

  /** The same message with a signature, or codes, that do not fit; of whatever node it is. */
  spoiled(frame: Uint8Array): Uint8Array {
    const envelope = this.open(frame);
    if (envelope === null) return frame;
    const { content, authentication, attachment } = envelope;
    const wrong = authentication.map((byte) => byte ^ 1);
    return withAttachment(frameOf(content, wrong), attachment);
  }

  /** The message of this replica in `frame`; null for one that it only passes on. */
  protected own(frame: Uint8Array): Envelope | null {
    const envelope = this.open(frame);
    return envelope !== null && envelope.sender === this.id ? envelope : null;
  }

  /** Anything, under the own keys; in the name that these messages are in. */
  say(content: Content, receiver: Receiver, attachment?: Uint8Array): Uint8Array {
    const scheme = content.type === REPLY ? this.#replies : this.scheme;
    return scheme.seal(content, receiver, attachment);
  }

  /** Whoever it was made for. */
  open(frame: Uint8Array): Envelope | null {
    return this.scheme.open(frame) ?? this.#replies.open(frame);
  }

  protected ownOf(type: number, frame: Uint8Array): Envelope | null {
    const envelope = this.own(frame);
    return envelope?.type === type ? envelope : null;
  }
}

export function signedMessages(context: BehaviourContext): OwnMessages {
  const signatures = new Signatures(context.cluster, context.authenticator);
  return new OwnMessages(context, signatures, replySchemeOf(context));
}

export function taggedMessages(context: BehaviourContext): OwnMessages {
  return new OwnMessages(context, macVectors(context));
}

/** Under the session keys that its honest core has; what others say a liar does not check. */
export function macVectors({ cluster, authenticator }: BehaviourContext): SessionVectors {
  const scheme = { meter: new CheckMeter(), clock: { now: 0 } };
  return new SessionVectors(cluster, withoutSigning(authenticator), scheme);
}

/** Those, and long-term keys for what may have to be shown to others. */
export function proofVectors(context: BehaviourContext): ProofVectors {
  return new ProofVectors(context.cluster, macVectors(context), context.authenticator);
}

export function frameOf(content: Uint8Array, authentication: Uint8Array): Uint8Array {
  return new Writer(content.length + authentication.length + 6)
    .blob(content)
    .u16(authentication.length)
    .raw(authentication)
    .finish();
}

/** The messages in the names of others, over the own keys: made once a name. */
export function inNamesOf<Messages>(
  context: BehaviourContext,
  make: (pretended: BehaviourContext) => Messages,
): (name: NodeId) => Messages {
  const made = new Map<NodeId, Messages>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const messages = make({ ...context, authenticator: pretending(context.authenticator, name) });
    made.set(name, messages);
    return messages;
  };
}

/** Another name over the own keys. */
export function pretending(own: NodeAuthenticator, self: NodeId): NodeAuthenticator {
  return {
    self,
    exchange: own.exchange,
    digest: (bytes) => own.digest(bytes),
    sign: (bytes) => own.sign(bytes),
    verify: (signer, bytes, signature) => own.verify(signer, bytes, signature),
    tag: (receiver, bytes) => own.tag(receiver, bytes),
    checkTag: (sender, bytes, tag) => own.checkTag(sender, bytes, tag),
  };
}
