/**
 * The messages of `pbft-mac-proof` in the hands of a liar: it vouches for what was never said, and
 * in the names of others, under its own keys (protocols §22).
 */

import { TAG_BYTES } from "../../../nodes/protocols/contract/authenticator.ts";
import type { Input, NodeId } from "../../../nodes/protocols/contract/core.ts";
import { sizesOf } from "../../../nodes/protocols/pbft/message-sizes.ts";
import {
  CHECKPOINT,
  PRE_PREPARE,
  PREPARE,
  VIEW_CHANGE,
} from "../../../nodes/protocols/pbft/messages.ts";
import { blankProofs } from "../../../nodes/protocols/pbft/proofs/message-sizes.ts";
import {
  decodeVouch,
  encodeProve,
  isLasting,
  PROVE,
  type Saying,
  VOUCH,
} from "../../../nodes/protocols/pbft/proofs/messages.ts";
import type { ProofVectors, Vectors } from "../../../nodes/protocols/pbft/proofs/proof-vectors.ts";
import { weakQuorumSize } from "../../../nodes/protocols/quorum.ts";
import { Reader, Writer } from "../../../nodes/protocols/wire/codec.ts";
import { withAttachment } from "../../../nodes/protocols/wire/envelope.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { frameOf, inNamesOf, proofVectors } from "./own-messages.ts";
import { CertifyingPbft } from "./pbft-sig.ts";

export interface HeardVouch {
  readonly saying: Saying;
  readonly voucher: NodeId;
  readonly vector: Uint8Array;
}

export interface HeardMessage {
  readonly saying: Saying;
  readonly frame: Uint8Array;
}

export class ProvingPbft extends CertifyingPbft {
  protected readonly sizes = sizesOf(this.cluster, blankProofs(this.cluster));
  readonly #named: (name: number) => ProvingPbft;
  readonly #proofs: ProofVectors;

  constructor(context: BehaviourContext) {
    const proofs = proofVectors(context);
    super(context, proofs);
    this.#named = inNamesOf(context, (pretended) => new ProvingPbft(pretended));
    this.#proofs = proofs;
  }

  override as(name: number): ProvingPbft {
    return this.#named(name);
  }

  /**
   * With the own vouch, which is good, and those of others: what they gave, or else invented ones,
   * which are not.
   */
  override shown(frame: Uint8Array, given: Vectors = new Map()): Uint8Array {
    const message = this.#proofs.open(frame);
    if (message === null || this.#proofs.isProof(message)) return frame;
    const vouch = this.#proofs.vouchFor(this.#proofs.sayingOf(message));
    const names = new Set([this.id, ...given.keys(), ...this.others]);
    const vouchers = [...names].slice(0, this.#proofs.vouchersMin);
    const entries = new Writer(1024);
    for (const name of vouchers.toSorted((a, b) => a - b)) {
      const said = name === message.sender ? message : vouch;
      entries.u32(name).raw(given.get(name) ?? this.as(name).#proofs.vectorOf(said));
    }
    return frameOf(message.content, entries.finish());
  }

  /** Asks whoever gets it to vouch for the message in `frame`. */
  question(frame: Uint8Array, to: NodeId): Uint8Array {
    const message = this.#proofs.open(frame);
    const bare = message ? frameOf(message.content, message.authentication) : frame;
    return this.scheme.seal({ type: PROVE, payload: encodeProve(bare) }, to);
  }

  /** What would be vouched for; null if the frame is malformed. */
  sayingIn(frame: Uint8Array): Saying | null {
    const message = this.#proofs.open(frame);
    return message && this.#proofs.sayingOf(message);
  }

  /** What its voucher itself brings; null for any other message. */
  vouchHeard(input: Input): HeardVouch | null {
    const envelope = this.heardOf(VOUCH, input);
    const saying = envelope && decodeVouch(envelope.payload);
    if (!saying) return null;
    return { saying, voucher: envelope.sender, vector: envelope.authentication.slice() };
  }

  /** What its author itself brings and others may have to be shown; null for any other message. */
  provableHeard(input: Input): HeardMessage | null {
    if (input.kind !== "frame") return null;
    const envelope = this.#proofs.open(input.bytes);
    if (envelope === null || envelope.sender !== input.from) return null;
    if (!this.#proofs.isProvable(envelope) || this.#proofs.isProof(envelope)) return null;
    return { saying: this.#proofs.sayingOf(envelope), frame: input.bytes.slice() };
  }

  /** CHECKPOINT of whomever, with its proof. */
  isShownCheckpoint(frame: Uint8Array): boolean {
    const message = this.#proofs.open(frame);
    return message?.type === CHECKPOINT && this.#proofs.isProof(message);
  }

  /**
   * The own vouch in `frame`, or another own message of which others may come to be shown the
   * vector, with one good entry: that of its reader, whom it convinces. Null for any other message.
   */
  forOneReader(frame: Uint8Array, reader: NodeId): Uint8Array | null {
    return this.isOwn(frame) ? this.passedOn(frame, reader) : null;
  }

  /** The same with a message of whomever. */
  passedOn(frame: Uint8Array, reader: NodeId): Uint8Array | null {
    const envelope = this.#proofs.open(frame);
    if (envelope === null || !isLasting(envelope.type) || this.#proofs.isProof(envelope))
      return null;
    const { sender: voucher, content, authentication: vector, attachment } = envelope;
    return withAttachment(frameOf(content, spoiledBut([reader], { voucher, vector })), attachment);
  }

  /**
   * A proof for these readers alone of the message in `frame`: with the own vouch, what its author
   * sealed and what others gave; null if that is too little to convince anybody.
   */
  shownTo(readers: readonly NodeId[], frame: Uint8Array, given: Vectors): Uint8Array | null {
    const message = this.#proofs.open(frame);
    if (message === null || this.#proofs.isProof(message)) return null;
    const vouch = this.#proofs.vouchFor(this.#proofs.sayingOf(message));
    const good: Vectors = new Map([
      [this.id, this.#proofs.vectorOf(vouch)],
      [message.sender, message.authentication],
      ...given,
    ]);
    if (good.size < weakQuorumSize(this.cluster)) return null;
    const nothing = new Uint8Array(this.#vectorBytes);
    const silent = this.others.filter((name) => !good.has(name));
    const rest = silent.toSorted((a, b) => +readers.includes(a) - +readers.includes(b));
    const all = [...good, ...rest.map((name) => [name, nothing] as const)];
    const words = all.map(([voucher, vector]) => ({ voucher, vector }));
    const shown = words.slice(0, this.#proofs.vouchersMin);
    // What is whole convinces others, too.
    const isEach = good.size > weakQuorumSize(this.cluster);
    return frameOf(message.content, entriesFor(readers, shown, isEach ? [] : readers));
  }

  /** The proof in `frame` with what is for others spoiled. */
  narrowed(frame: Uint8Array, reader: NodeId): Uint8Array {
    const message = this.#proofs.open(frame);
    if (message === null || !this.#proofs.isProof(message)) return frame;
    const read = new Reader(message.authentication);
    const words = Array.from({ length: this.#proofs.vouchersMin }, () => ({
      voucher: read.u32(),
      vector: read.raw(this.#vectorBytes),
    }));
    return frameOf(message.content, entriesFor([reader], words));
  }

  get #vectorBytes(): number {
    return TAG_BYTES * (this.cluster.replicas - 1);
  }

  isVouch(frame: Uint8Array): boolean {
    return this.ownOf(VOUCH, frame) !== null;
  }

  isQuestion(frame: Uint8Array): boolean {
    return this.ownOf(PROVE, frame) !== null;
  }
}

export function isOfViewChange({ type }: Saying): boolean {
  return type === VIEW_CHANGE;
}

export function isOfCheckpoint({ type }: Saying): boolean {
  return type === CHECKPOINT;
}

export function isOfVote({ type }: Saying): boolean {
  return type === PRE_PREPARE || type === PREPARE;
}

/** A vector and whose it is. */
interface Word {
  readonly voucher: NodeId;
  readonly vector: Uint8Array;
}

/**
 * As they stand in a proof.
 * @param intact whose own vectors are whole: a reader would know its own by all of it
 */
function entriesFor(
  readers: readonly NodeId[],
  words: readonly Word[],
  intact = readers,
): Uint8Array {
  const entries = new Writer(1024);
  for (const word of words.toSorted((a, b) => a.voucher - b.voucher)) {
    const isIntact = intact.includes(word.voucher);
    entries.u32(word.voucher).raw(isIntact ? word.vector : spoiledBut(readers, word));
  }
  return entries.finish();
}

function spoiledBut(readers: readonly NodeId[], { voucher, vector }: Word): Uint8Array {
  const good = readers
    .filter((reader) => reader !== voucher)
    .map((reader) => (reader < voucher ? reader : reader - 1));
  return vector.map((byte, at) => (good.includes(Math.floor(at / TAG_BYTES)) ? byte : byte ^ 1));
}
