/**
 * Vectors of codes as proofs (Lamport's second method; protocols §22). An author's vector convinces
 * each reader of its own entry and says nothing of the others. But 2f+1 replicas that vouch for it,
 * each with a vector of its own, are f+1 good ones: whoever reads their vectors finds f+1 good
 * entries, and one of those is no liar's. So what carries 2f+1 vectors convinces everybody.
 *
 * All of it is under long-term keys, since it has to convince for longer than session keys last.
 * Everything else is sealed under those.
 */
import { assert } from "../../assert.ts";
import { MAC_ALGORITHM, MacVectors } from "../../authentication/mac-vectors.ts";
import type {
  AuthenticationScheme,
  Content,
  ProofFrame,
  Receiver,
  Stamp,
} from "../../authentication/scheme.ts";
import { type MessageAuthenticator, TAG_BYTES } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import type { ClusterSize } from "../../quorum.ts";
import { Reader, sameBytes, Writer } from "../../wire/codec.ts";
import { type Envelope, EnvelopeFormat, withAttachment } from "../../wire/envelope.ts";
import {
  encodeVouch,
  isLasting,
  PROVABLE,
  type Saying,
  slotOf,
  TOLD_BY_OTHERS,
  VOUCH,
} from "./messages.ts";

export interface ProvingCluster extends ClusterSize {
  readonly clusterId: string;
  readonly epoch: number;
}

/** A replica's vector for what it vouches for; the author's is that of the message itself. */
export type Vectors = ReadonlyMap<NodeId, Uint8Array>;

export class ProofVectors implements AuthenticationScheme {
  readonly #sessions: AuthenticationScheme;
  readonly #longTerm: MacVectors;
  readonly #format: EnvelopeFormat;
  readonly #size: ClusterSize;
  /** What was told to all is told again to whoever asks: its vector is the same for everybody. */
  readonly #sealed = new WeakMap<Content, Uint8Array>();

  /**
   * @param sessions seals what nobody has to be shown
   * @param longTerm tags under keys that stay
   */
  constructor(
    cluster: ProvingCluster,
    sessions: AuthenticationScheme,
    longTerm: MessageAuthenticator,
  ) {
    this.#sessions = sessions;
    this.#longTerm = new MacVectors(cluster, longTerm);
    this.#format = new EnvelopeFormat({ ...cluster, algorithm: MAC_ALGORITHM });
    this.#size = cluster;
  }

  get self(): NodeId {
    return this.#longTerm.self;
  }

  /** How many have to vouch: f+1 of them are good. */
  get vouchersMin(): number {
    return 2 * this.#size.faultsMax + 1;
  }

  /**
   * What others are to vouch for only its author brings: whoever else passes a vector on may have
   * spoiled what is for others, and it would count as its author's word.
   */
  isPortable(envelope: Envelope): boolean {
    if (isLasting(envelope.type) && !this.isProof(envelope)) return false;
    return this.#sessions.isPortable(envelope);
  }

  digest(bytes: Uint8Array): string {
    return this.#longTerm.digest(bytes);
  }

  seal(content: Content, receiver: Receiver, attachment?: Uint8Array): Uint8Array {
    if (!isLasting(content.type)) return this.#sessions.seal(content, receiver, attachment);
    const frame = this.#sealed.get(content) ?? this.#longTerm.seal(content, "all");
    this.#sealed.set(content, frame);
    return attachment ? withAttachment(frame, attachment) : frame;
  }

  /** What others are to vouch for has an entry for each of them. */
  open(bytes: Uint8Array): Envelope | null {
    const envelope = this.#sessions.open(bytes);
    if (envelope === null) return this.#openProof(bytes);
    const isForOne = envelope.authentication.length === TAG_BYTES;
    return isForOne && isLasting(envelope.type) ? null : envelope;
  }

  #openProof(bytes: Uint8Array): Envelope | null {
    const envelope = this.#format.open(bytes);
    if (envelope === null || !PROVABLE.has(envelope.type)) return null;
    return envelope.attachment.length === 0 && this.isProof(envelope) ? envelope : null;
  }

  verify(envelope: Envelope): boolean {
    if (this.isProof(envelope)) return TOLD_BY_OTHERS.has(envelope.type) && this.#isShown(envelope);
    return isLasting(envelope.type)
      ? this.#longTerm.verify(envelope)
      : this.#sessions.verify(envelope);
  }

  /** What convinced who passes it on may have been made by a liar for that one alone. */
  mayFail(envelope: Envelope): boolean {
    return this.isProof(envelope) && TOLD_BY_OTHERS.has(envelope.type);
  }

  lacks(envelope: Envelope): Stamp {
    const isLongTerm = this.isProof(envelope) || isLasting(envelope.type);
    return (isLongTerm ? this.#longTerm : this.#sessions).lacks(envelope);
  }

  /** The own entry is good, of the author's vector. */
  isConvincing(envelope: Envelope): boolean {
    return envelope.sender === this.self || this.#longTerm.verify(envelope);
  }

  /** May it have to be shown to others? */
  isProvable({ type }: Envelope): boolean {
    return PROVABLE.has(type);
  }

  /** Does it carry what is to convince everybody? Not that it does. */
  isProof({ type, authentication }: Envelope): boolean {
    return PROVABLE.has(type) && authentication.length === this.#proofBytes;
  }

  /** @returns null if it does not convince this replica, and so perhaps nobody */
  prove(frame: Uint8Array): ProofFrame | null {
    const envelope = this.#openProof(frame);
    return envelope && this.#isShown(envelope) ? (frame as ProofFrame) : null;
  }

  /** Out of the own log or an own message: it was a proof when it was written there. */
  written(frame: Uint8Array): ProofFrame {
    return frame as ProofFrame;
  }

  /** @param vectors of so many distinct vouchers as are needed */
  proof({ content }: Envelope, vectors: Vectors): ProofFrame {
    const entries = new Writer(this.#proofBytes);
    const ascending = [...vectors].sort(([a], [b]) => a - b).slice(0, this.vouchersMin);
    for (const [voucher, vector] of ascending) entries.u32(voucher).raw(vector);
    return this.#format.frame(content, entries.finish()) as ProofFrame;
  }

  sayingOf({ sender, type, payload, content }: Envelope): Saying {
    return { author: sender, type, ...slotOf(type, payload), name: this.digest(content) };
  }

  /** What a replica says that vouches for it. */
  vouchFor(saying: Saying): Content {
    return { type: VOUCH, payload: encodeVouch(saying) };
  }

  /** Do f+1 distinct replicas vouch for it that convince this one? */
  #isShown(envelope: Envelope): boolean {
    const vouch = this.vouchFor(this.sayingOf(envelope));
    const reader = new Reader(envelope.authentication);
    let [good, last] = [0, -1];
    for (let left = this.vouchersMin; left > 0; left--) {
      const [voucher, vector] = [reader.u32(), reader.raw(this.#vectorBytes)];
      if (voucher <= last || voucher >= this.#size.replicas) return false;
      last = voucher;
      if (this.#isVouched(envelope, vouch, { voucher, vector })) good += 1;
    }
    return good > this.#size.faultsMax;
  }

  #isVouched(
    envelope: Envelope,
    vouch: Content,
    { voucher, vector }: { readonly voucher: NodeId; readonly vector: Uint8Array },
  ): boolean {
    const said = voucher === envelope.sender ? envelope : vouch;
    if (voucher === this.self) return sameBytes(vector, this.vectorOf(said));
    const content = this.#format.content(voucher, said.type, said.payload);
    const parts = { sender: voucher, content, digested: null, authentication: vector };
    return this.#longTerm.verify({ ...envelope, ...parts });
  }

  /**
   * The own vector has no entry for its maker, which knows it all the same: the same words have the
   * same vector, and nobody else has all the keys that it takes.
   */
  vectorOf({ type, payload }: Content): Uint8Array {
    return this.vectorIn(this.#longTerm.seal({ type, payload }, "all"));
  }

  /** @param sealed by this replica, for all */
  vectorIn(sealed: Uint8Array): Uint8Array {
    const envelope = this.#format.open(sealed);
    assert(envelope !== null, "what this replica sealed is well-formed");
    return envelope.authentication;
  }

  get #vectorBytes(): number {
    return TAG_BYTES * (this.#size.replicas - 1);
  }

  get #proofBytes(): number {
    return this.vouchersMin * (4 + this.#vectorBytes);
  }
}
