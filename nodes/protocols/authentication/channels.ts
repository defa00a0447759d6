/**
 * No codes and no signatures: a channel shows which replica speaks at its other end, and that is
 * all that stands behind a message (Lamport's first method; protocols §19). So each counts over its
 * author's own channel alone. The clients of a host share one channel, which shows the host: so a
 * REQUEST carries one code, for the replica that it is sent to, and nobody forwards it; and a REPLY
 * one for its client.
 */
import { assert } from "../assert.ts";
import { type MessageAuthenticator, TAG_BYTES } from "../contract/authenticator.ts";
import { isReplica, type NodeId } from "../contract/core.ts";
import { digestOf, type Envelope, EnvelopeFormat, withAttachment } from "../wire/envelope.ts";
import type { AuthenticationScheme, Content, Receiver, Stamp } from "./scheme.ts";
import { Statement } from "./statement.ts";

const ALGORITHM = 3;
const NOTHING = new Uint8Array(0);

export class Channels implements AuthenticationScheme {
  readonly #authenticator: MessageAuthenticator;
  readonly #format: EnvelopeFormat;
  readonly #statement = new Statement();

  constructor(
    { clusterId, epoch }: { readonly clusterId: string; readonly epoch: number },
    authenticator: MessageAuthenticator,
  ) {
    this.#authenticator = authenticator;
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: ALGORITHM });
  }

  get self(): NodeId {
    return this.#authenticator.self;
  }

  isPortable(): boolean {
    return false;
  }

  digest(bytes: Uint8Array): string {
    return this.#authenticator.digest(bytes);
  }

  seal({ type, payload }: Content, receiver: Receiver, attachment?: Uint8Array): Uint8Array {
    const content = this.#format.content(this.self, type, payload);
    const frame = this.#format.frame(content, this.#codeFor(receiver, content));
    return attachment ? withAttachment(frame, attachment) : frame;
  }

  #codeFor(receiver: Receiver, content: Uint8Array): Uint8Array {
    if (isReplica(this.self) && (receiver === "all" || isReplica(receiver))) return NOTHING;
    assert(receiver !== "all", "a client's code is for one replica");
    const statement = this.#statement.of(this.#authenticator.digest(content));
    return this.#authenticator.tag(receiver, statement);
  }

  open(bytes: Uint8Array): Envelope | null {
    const envelope = this.#format.open(bytes);
    if (envelope === null) return null;
    const expected = this.#isBetweenReplicas(envelope) ? 0 : TAG_BYTES;
    return envelope.authentication.length === expected ? envelope : null;
  }

  /** Among replicas: of what came over its author's own channel. */
  verify(envelope: Envelope): boolean {
    const { sender, authentication } = envelope;
    if (this.#isBetweenReplicas(envelope)) return true;
    const statement = this.#statement.of(digestOf(envelope, this.#authenticator));
    return this.#authenticator.checkTag(sender, statement, authentication);
  }

  lacks(): Stamp {
    return "MAC";
  }

  #isBetweenReplicas({ sender }: Envelope): boolean {
    return isReplica(sender) && isReplica(this.self);
  }
}
