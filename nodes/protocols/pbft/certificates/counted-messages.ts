/**
 * The messages behind the votes that the core counts. Each lives as long as the core keeps the
 * vote, or the agreement made of such votes.
 */
import { assert } from "../../assert.ts";
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { CountedCheckpoint } from "../checkpoint-store.ts";
import type { CountedVote } from "../log.ts";
import type { Provable, Prover } from "./provable.ts";

export type Counted = CountedVote | CountedCheckpoint;

export class CountedMessages {
  readonly #prover: Prover;
  readonly #messages = new WeakMap<Counted, Provable>();

  constructor(prover: Prover) {
    this.#prover = prover;
  }

  keep(counted: Counted, message: Provable): void {
    this.#messages.set(counted, message);
  }

  of(counted: Counted): Provable {
    const message = this.#messages.get(counted);
    if (message) return message;
    assert(counted.own !== null, "behind every vote of somebody else stands a message");
    const own = this.#prover.said(counted.own);
    this.keep(counted, own);
    return own;
  }

  /** Of what was counted as shown. */
  proofOf(counted: Counted): ProofFrame {
    const { proof } = this.of(counted);
    assert(proof !== null, "what stands in a certificate is shown");
    return proof;
  }
}
