/**
 * Vectors of message authentication codes: one tag for each other replica on what is said to all,
 * one tag on what is said to one node (protocols §2.7). The own entry convinces its reader, whoever
 * brings the message, and says nothing about the other entries: there is nothing to hand on as
 * proof. Tags are made anew at every sealing, since the keys of tomorrow are others.
 */
import { type MessageAuthenticator, TAG_BYTES } from "../contract/authenticator.ts";
import { isReplica, type NodeId } from "../contract/core.ts";
import { digestOf, type Envelope, EnvelopeFormat } from "../wire/envelope.ts";
import type { AuthenticationScheme, Content, Receiver, Stamp } from "./scheme.ts";
import { Statement } from "./statement.ts";

export const MAC_ALGORITHM = 2;

export class MacVectors implements AuthenticationScheme {
  readonly #authenticator: MessageAuthenticator;
  readonly #replicas: number;
  /** Every replica but this node, ascending. */
  readonly #others: readonly NodeId[];
  readonly #format: EnvelopeFormat;
  readonly #statement = new Statement();

  constructor(
    cluster: { readonly clusterId: string; readonly epoch: number; readonly replicas: number },
    authenticator: MessageAuthenticator,
  ) {
    const { clusterId, epoch, replicas } = cluster;
    this.#authenticator = authenticator;
    this.#replicas = replicas;
    this.#others = Array.from({ length: replicas }, (_, replica) => replica).filter(
      (replica) => replica !== authenticator.self,
    );
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: MAC_ALGORITHM });
  }

  get self(): NodeId {
    return this.#authenticator.self;
  }

  /** What has an entry for this node among others. */
  isPortable({ authentication }: Envelope): boolean {
    return authentication.length > TAG_BYTES;
  }

  digest(bytes: Uint8Array): string {
    return this.#authenticator.digest(bytes);
  }

  seal({ type, payload }: Content, receiver: Receiver, attachment?: Uint8Array): Uint8Array {
    const readers = this.#readersOf(receiver);
    const room = { authentication: TAG_BYTES * readers.length, attachment };
    const draft = this.#format.draft(this.self, { type, payload }, room);
    const statement = this.#statement.of(this.#authenticator.digest(draft.content));
    let at = 0;
    for (const node of readers) {
      draft.authentication.set(this.#authenticator.tag(node, statement), at);
      at += TAG_BYTES;
    }
    return draft.frame;
  }

  /** @returns null also where there is neither one tag nor one for each reader */
  open(bytes: Uint8Array): Envelope | null {
    const envelope = this.#format.open(bytes);
    if (envelope === null) return null;
    const { length } = envelope.authentication;
    if (length === TAG_BYTES) return envelope;
    return length === TAG_BYTES * this.#entriesOf(envelope.sender) ? envelope : null;
  }

  verify(envelope: Envelope): boolean {
    const statement = this.#statement.of(digestOf(envelope, this.#authenticator));
    return this.#authenticator.checkTag(envelope.sender, statement, this.tagIn(envelope));
  }

  lacks(_: Envelope): Stamp {
    return "MAC";
  }

  /** The entry for this node. */
  protected tagIn({ sender, authentication }: Envelope): Uint8Array {
    const at = authentication.length === TAG_BYTES ? 0 : TAG_BYTES * this.#entryOf(sender);
    return authentication.subarray(at, at + TAG_BYTES);
  }

  /** Whoever gets it from a client passes it on, and every replica has to read it in a batch. */
  #readersOf(receiver: Receiver): readonly NodeId[] {
    return receiver === "all" || !isReplica(this.self) ? this.#others : [receiver];
  }

  #entriesOf(author: NodeId): number {
    return isReplica(author) ? this.#replicas - 1 : this.#replicas;
  }

  /** Which entry of the author's vector is for this node: none past the last, for a client. */
  #entryOf(author: NodeId): number {
    return author < this.self ? this.self - 1 : this.self;
  }
}
