/** A message on its way to convince everybody: who vouches for it so far. */
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import type { Envelope } from "../../wire/envelope.ts";
import type { Provable } from "../certificates/provable.ts";
import type { Saying } from "./messages.ts";
import type { ProofVectors } from "./proof-vectors.ts";

const ALWAYS = () => true;

export class Proving implements Provable {
  readonly envelope: Envelope;
  readonly saying: Saying;
  /** When this replica became certain of it, ms. */
  readonly since: number;
  /** In how many periods others were asked to vouch for it. */
  asked = 0;
  /** Somebody brought it with a proof. */
  isShown = false;
  readonly #scheme: ProofVectors;
  readonly #vectors = new Map<NodeId, Uint8Array>();
  readonly #holds: () => boolean;
  #isVouchedFor = false;
  #proof: ProofFrame | null = null;

  /** @param holds is this replica certain of what stands in it, too? */
  constructor(scheme: ProofVectors, envelope: Envelope, since: number, holds = ALWAYS) {
    this.envelope = envelope;
    this.saying = scheme.sayingOf(envelope);
    this.since = since;
    this.#scheme = scheme;
    this.#holds = holds;
  }

  get frame(): Uint8Array {
    return this.envelope.frame;
  }

  get proof(): ProofFrame | null {
    return this.#proof;
  }

  /** Does this replica vouch for it? From the time on at which it is certain of all of it. */
  get isVouchedFor(): boolean {
    this.#isVouchedFor ||= this.#holds();
    return this.#isVouchedFor;
  }

  isVouchedBy(replica: NodeId): boolean {
    return this.#vectors.has(replica);
  }

  /** @param vector its entry for this replica is good */
  vouched(voucher: NodeId, vector: Uint8Array): void {
    if (this.#proof !== null) return;
    this.#vectors.set(voucher, vector);
    if (this.#vectors.size < this.#scheme.vouchersMin) return;
    this.#proof = this.#scheme.proof(this.envelope, this.#vectors);
    this.#vectors.clear();
  }
}
