/**
 * What stands behind the votes that the core counts, where it is shown to others: the messages
 * themselves, and certificates made of them.
 */
import { assert } from "../../assert.ts";
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { Batch } from "../../wire/request.ts";
import type { CountedCheckpoint, StableCheckpoint } from "../checkpoint-store.ts";
import type { Agreed, CountedVote, Slot } from "../log.ts";
import type { CertificateFrames, CheckpointVote } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Arrival } from "../route.ts";
import type { Evidence } from "../variant.ts";
import type { Counted, CountedMessages } from "./counted-messages.ts";
import type { DecisionEvidence } from "./decision-evidence.ts";
import type { Provable, Prover } from "./provable.ts";
import { prePreparedRecord, preparedRecord, stableRecord } from "./records.ts";

interface EvidenceParts {
  readonly state: ReplicaState;
  readonly prover: Prover;
  readonly messages: CountedMessages;
  readonly decisions: DecisionEvidence;
}

export class CertifiedEvidence implements Evidence {
  readonly #state: ReplicaState;
  readonly #prover: Prover;
  readonly #messages: CountedMessages;
  readonly #decisions: DecisionEvidence;
  readonly #certificates = new WeakMap<Agreed, CertificateFrames>();
  /** Which slots NEW-VIEW chose, with the PRE-PREPAREs of O, by sequence. */
  order: ReadonlyMap<number, Provable> = new Map();
  /** Q CHECKPOINTs for the stable one; none at genesis. */
  proof: readonly ProofFrame[] = [];

  constructor({ state, prover, messages, decisions }: EvidenceParts) {
    this.#state = state;
    this.#prover = prover;
    this.#messages = messages;
    this.#decisions = decisions;
  }

  get vouches(): boolean {
    return this.#prover.vouches;
  }

  heard(counted: Counted, { envelope, from }: Arrival): void {
    this.#messages.keep(counted, this.#prover.heard(envelope, from));
  }

  isShown(counted: Counted): boolean {
    return this.#messages.of(counted).proof !== null;
  }

  prePrepared({ accepted }: Slot, batch: Batch): Uint8Array {
    assert(accepted !== null, "what was pre-prepared is accepted");
    return prePreparedRecord(this.#messages.of(accepted).frame, batch.bytes);
  }

  selected({ accepted, sequence }: Slot): void {
    const message = this.order.get(sequence);
    assert(accepted !== null && message !== undefined, "O has a PRE-PREPARE for what it chose");
    this.#messages.keep(accepted, message);
  }

  prepared({ accepted, prepared }: Slot, prepares: readonly CountedVote[]): Uint8Array {
    assert(accepted !== null && prepared !== null, "what is prepared was accepted");
    const certificate = {
      prePrepare: this.#messages.proofOf(accepted),
      prepares: prepares.map((vote) => this.#messages.proofOf(vote)),
    };
    this.certify(prepared, certificate);
    return preparedRecord(certificate);
  }

  certify(prepared: Agreed, certificate: CertificateFrames): void {
    this.#certificates.set(prepared, certificate);
  }

  certificate(prepared: Agreed): CertificateFrames {
    const certificate = this.#certificates.get(prepared);
    assert(certificate !== undefined, "what is prepared has its certificate");
    return certificate;
  }

  decided({ decided }: Slot, commits: readonly CountedVote[]): void {
    assert(decided !== null, "a decision has its votes");
    this.#decisions.keep(decided, commits);
  }

  learned(slot: Slot, batch: Batch): Uint8Array {
    return this.#decisions.record(slot, batch);
  }

  covered(sequence: number): readonly Uint8Array[] {
    return this.#state.log
      .ascending()
      .filter((slot) => slot.sequence <= sequence)
      .flatMap((slot) => this.#decisions.coveredRecord(slot) ?? []);
  }

  stable(_checkpoint: StableCheckpoint, votes: readonly CountedCheckpoint[]): void {
    this.proof = votes.map((vote) => this.#messages.proofOf(vote));
  }

  /** As votes of those who said so, to be counted by the core. */
  votesOf(frames: readonly ProofFrame[]): readonly CountedCheckpoint[] {
    return frames.map((proof) => {
      const envelope = this.#prover.scheme.open(proof);
      assert(envelope !== null, "a proof is well-formed");
      const vote = { replica: envelope.sender, own: null };
      this.#messages.keep(vote, { frame: proof, proof });
      return vote;
    });
  }

  installed(checkpoint: CheckpointVote): void {
    this.#decisions.installed(checkpoint);
  }

  stableRecord(): Uint8Array {
    const { sequence, digest } = this.#state.checkpoints.stable;
    return stableRecord({ sequence, digest, proof: this.proof });
  }

  slotRecords(slot: Slot): readonly Uint8Array[] {
    const { prepared, decided, sequence, bodies } = slot;
    const records: Uint8Array[] = [];
    const accepted = sequence > this.#state.marks.stable ? slot.accepted : null;
    if (prepared) records.push(preparedRecord(this.certificate(prepared)));
    const acceptedBody = accepted && bodies.get(accepted.digest);
    if (acceptedBody) {
      records.push(prePreparedRecord(this.#messages.of(accepted).frame, acceptedBody.bytes));
    }
    const body = decided && bodies.get(decided.digest);
    if (body && sequence <= this.#state.lastExec) records.push(this.#decisions.record(slot, body));
    return records;
  }
}
