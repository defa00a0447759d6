/**
 * The messages of `pbft-mac-proof` in the hands of a liar: it vouches for what was never said, and
 * in the names of others, under its own keys (protocols §22).
 */

import { TAG_BYTES } from "../../../nodes/protocols/contract/authenticator.ts";
import type { Input, NodeId } from "../../../nodes/protocols/contract/core.ts";
import { sizesOf } from "../../../nodes/protocols/pbft/message-sizes.ts";
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
import { Writer } from "../../../nodes/protocols/wire/codec.ts";
import { withAttachment } from "../../../nodes/protocols/wire/envelope.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { frameOf, inNamesOf, proofVectors } from "./own-messages.ts";
import { CertifyingPbft } from "./pbft-sig.ts";

export interface HeardVouch {
  readonly saying: Saying;
  readonly voucher: NodeId;
  readonly vector: Uint8Array;
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
    return this.scheme.seal({ type: PROVE, payload: encodeProve(frame) }, to);
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

  /**
   * The own vouch in `frame`, or another own message of which others may come to be shown the
   * vector, with one good entry: that of its reader, whom it convinces. Null for any other message.
   */
  forOneReader(frame: Uint8Array, reader: NodeId): Uint8Array | null {
    const envelope = this.own(frame);
    if (envelope === null || !isLasting(envelope.type) || this.#proofs.isProof(envelope))
      return null;
    const { content, authentication, attachment } = envelope;
    const at = TAG_BYTES * (reader < this.id ? reader : reader - 1);
    const spoiled = authentication.map((byte, index) =>
      index >= at && index < at + TAG_BYTES ? byte : byte ^ 1,
    );
    return withAttachment(frameOf(content, spoiled), attachment);
  }

  isVouch(frame: Uint8Array): boolean {
    return this.ownOf(VOUCH, frame) !== null;
  }
}
