/**
 * What a liar can say where every message is signed: whatever it likes under its own key, and in
 * nobody else's name but with a signature that does not fit.
 */
import { Signatures } from "../../../nodes/protocols/authentication/signatures.ts";
import type { Authenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../../nodes/protocols/contract/protocol.ts";
import type { Envelope } from "../../../nodes/protocols/wire/envelope.ts";
import { decodeReply, encodeReply, type Reply } from "../../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "../behaviour.ts";

export class SignedMessages {
  readonly id: NodeId;
  readonly cluster: ClusterParameters;
  protected readonly scheme: Signatures;

  constructor({ id, cluster, authenticator }: BehaviourContext) {
    this.id = id;
    this.cluster = cluster;
    this.scheme = new Signatures(cluster, authenticator);
  }

  digest(bytes: Uint8Array): string {
    return this.scheme.digest(bytes);
  }

  replyIn(frame: Uint8Array): Reply | null {
    const envelope = this.own(frame);
    return envelope && decodeReply(envelope);
  }

  reply(reply: Reply): Uint8Array {
    return encodeReply(this.scheme, reply);
  }

  isOwn(frame: Uint8Array): boolean {
    return this.own(frame) !== null;
  }

  /** The message of this replica in `frame`; null for one that it only passes on. */
  protected own(frame: Uint8Array): Envelope | null {
    const envelope = this.scheme.open(frame);
    return envelope !== null && envelope.sender === this.id ? envelope : null;
  }
}

/** Another name over the own key. */
export function pretending(own: Authenticator, self: NodeId): Authenticator {
  return {
    self,
    digest: (bytes) => own.digest(bytes),
    sign: (bytes) => own.sign(bytes),
    verify: (signer, bytes, signature) => own.verify(signer, bytes, signature),
  };
}
