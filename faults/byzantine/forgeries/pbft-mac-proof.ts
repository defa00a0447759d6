/**
 * The messages of `pbft-mac-proof` in the hands of a liar: it vouches for what was never said, and
 * in the names of others, under its own keys (protocols §22).
 */

import { sizesOf } from "../../../nodes/protocols/pbft/message-sizes.ts";
import { blankProofs } from "../../../nodes/protocols/pbft/proofs/message-sizes.ts";
import type { ProofVectors } from "../../../nodes/protocols/pbft/proofs/proof-vectors.ts";
import { Writer } from "../../../nodes/protocols/wire/codec.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { frameOf, pretending, proofVectors } from "./own-messages.ts";
import { CertifyingPbft } from "./pbft-sig.ts";

export class ProvingPbft extends CertifyingPbft {
  protected readonly sizes = sizesOf(this.cluster, blankProofs(this.cluster));
  readonly #context: BehaviourContext;
  readonly #proofs: ProofVectors;

  constructor(context: BehaviourContext) {
    const proofs = proofVectors(context);
    super(context, proofs);
    this.#context = context;
    this.#proofs = proofs;
  }

  override as(name: number): ProvingPbft {
    const authenticator = pretending(this.#context.authenticator, name);
    return new ProvingPbft({ ...this.#context, authenticator });
  }

  /** With the own vouch, which is good, and those of others, which are not. */
  override shown(frame: Uint8Array): Uint8Array {
    const message = this.#proofs.open(frame);
    if (message === null || this.#proofs.isProof(message)) return frame;
    const vouch = this.#proofs.vouchFor(this.#proofs.sayingOf(message));
    const names = [this.id, ...this.others].slice(0, this.#proofs.vouchersMin);
    const entries = new Writer(1024);
    for (const name of names.toSorted((a, b) => a - b)) {
      const said = name === message.sender ? message : vouch;
      entries.u32(name).raw(this.as(name).#proofs.vectorOf(said));
    }
    return frameOf(message.content, entries.finish());
  }
}
