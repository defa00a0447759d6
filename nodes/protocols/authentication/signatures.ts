/** Signed messages: what convinces one replica convinces all. */
import { assert } from "../assert.ts";
import type { Authenticator } from "../contract/authenticator.ts";
import type { NodeId } from "../contract/core.ts";
import { type Envelope, EnvelopeFormat, withAttachment } from "../wire/envelope.ts";
import type { AuthenticationScheme, Content, ProofFrame, Receiver, Stamp } from "./scheme.ts";

const ALGORITHM = 1;
const SIGNATURE_BYTES = 64;

export class Signatures implements AuthenticationScheme {
  readonly authenticator: Authenticator;
  readonly #format: EnvelopeFormat;
  /** What was told to all is told again to whoever asks: a signature is the same for everybody. */
  readonly #sealed = new WeakMap<Content, ProofFrame>();
  readonly #verified = new WeakSet<Envelope>();

  constructor(cluster: { clusterId: string; epoch: number }, authenticator: Authenticator) {
    const { clusterId, epoch } = cluster;
    this.authenticator = authenticator;
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: ALGORITHM });
  }

  get self(): NodeId {
    return this.authenticator.self;
  }

  isPortable(): boolean {
    return true;
  }

  digest(bytes: Uint8Array): string {
    return this.authenticator.digest(bytes);
  }

  seal(content: Content, receiver: Receiver): ProofFrame;
  seal(content: Content, receiver: Receiver, attachment: Uint8Array): Uint8Array;
  seal(content: Content, receiver: Receiver, attachment?: Uint8Array): Uint8Array {
    const frame = this.#sealed.get(content) ?? this.#sign(content);
    if (receiver === "all") this.#sealed.set(content, frame);
    return attachment ? withAttachment(frame, attachment) : frame;
  }

  #sign(content: Content): ProofFrame {
    const room = { authentication: SIGNATURE_BYTES, attachment: undefined };
    const draft = this.#format.draft(this.self, content, room);
    draft.authentication.set(this.authenticator.sign(draft.content));
    return draft.frame as ProofFrame;
  }

  open(bytes: Uint8Array): Envelope | null {
    return this.#format.open(bytes);
  }

  lacks(): Stamp {
    return "signature";
  }

  verify(envelope: Envelope): boolean {
    const { sender, content, authentication } = envelope;
    if (!this.authenticator.verify(sender, content, authentication)) return false;
    this.#verified.add(envelope);
    return true;
  }

  /** @returns a copy of what was verified here */
  proofIn(envelope: Envelope): ProofFrame {
    assert(this.#verified.has(envelope), "only what was verified is handed on as proof");
    return envelope.frame.slice() as ProofFrame;
  }

  /**
   * A frame out of the own log, or out of a message of this replica itself: it was a proof when it
   * was written there, and is not verified again.
   */
  written(frame: Uint8Array): ProofFrame {
    return frame as ProofFrame;
  }

  /** A frame out of somebody's message, where it stands. @returns null if it proves nothing */
  prove(frame: Uint8Array): ProofFrame | null {
    const envelope = this.open(frame);
    if (envelope === null || envelope.attachment.length > 0) return null;
    return this.verify(envelope) ? (frame as ProofFrame) : null;
  }
}
