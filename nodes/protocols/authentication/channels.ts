/**
 * No codes and no signatures: a channel shows which replica speaks at its other end, and that is
 * all that stands behind a message (Lamport's first method; protocols §19). So each counts over its
 * author's own channel alone. The clients of a host share one channel: a REQUEST carries one code,
 * for the replica that it is sent to, and nobody forwards it.
 */
import { assert } from "../assert.ts";
import { type MessageAuthenticator, TAG_BYTES } from "../contract/authenticator.ts";
import { isReplica, type NodeId } from "../contract/core.ts";
import { DIGEST_BYTES, Writer } from "../wire/codec.ts";
import { type Envelope, EnvelopeFormat, withAttachment } from "../wire/envelope.ts";
import type { AuthenticationScheme, Content, Receiver } from "./scheme.ts";

const ALGORITHM = 3;
const NOTHING = new Uint8Array(0);

export class Channels implements AuthenticationScheme {
  readonly stamp = "MAC";
  readonly #authenticator: MessageAuthenticator;
  readonly #format: EnvelopeFormat;

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
    if (isReplica(this.self)) return NOTHING;
    assert(receiver !== "all", "a client's code is for one replica");
    return this.#authenticator.tag(receiver, this.#statementOf(content));
  }

  open(bytes: Uint8Array): Envelope | null {
    const envelope = this.#format.open(bytes);
    if (envelope === null) return null;
    const expected = isReplica(envelope.sender) ? 0 : TAG_BYTES;
    return envelope.authentication.length === expected ? envelope : null;
  }

  /** Of a replica's message that came over its own channel. */
  verify({ sender, content, authentication }: Envelope): boolean {
    if (isReplica(sender)) return true;
    return this.#authenticator.checkTag(sender, this.#statementOf(content), authentication);
  }

  #statementOf(content: Uint8Array): Uint8Array {
    return new Writer(DIGEST_BYTES).digest(this.#authenticator.digest(content)).finish();
  }
}
