/**
 * What stands behind the votes that the core counts, where they are signed: the frames themselves.
 * Each lives as long as the core keeps the vote, or the agreement made of such votes.
 */
import { assert } from "../../assert.ts";
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { Signatures } from "../../authentication/signatures.ts";
import type { Envelope } from "../../wire/envelope.ts";
import type { Batch } from "../../wire/request.ts";
import type { CountedCheckpoint, StableCheckpoint } from "../checkpoint-store.ts";
import type { Agreed, CountedVote, Decided, Slot } from "../log.ts";
import type { CertificateFrames, CheckpointVote } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Evidence } from "../variant.ts";
import { decidedRecord, prePreparedRecord, preparedRecord, stableRecord } from "./records.ts";

type Counted = CountedVote | CountedCheckpoint;

export class SignedEvidence implements Evidence {
  readonly #state: ReplicaState;
  readonly #signatures: Signatures;
  readonly #frames = new WeakMap<Counted, ProofFrame>();
  readonly #certificates = new WeakMap<Agreed, CertificateFrames>();
  readonly #commits = new WeakMap<Decided, readonly ProofFrame[]>();
  /** Which slots NEW-VIEW chose, with the PRE-PREPAREs of O, by sequence. */
  order: ReadonlyMap<number, ProofFrame> = new Map();
  /** Q CHECKPOINTs for the stable one; none at genesis. */
  proof: readonly ProofFrame[] = [];

  constructor(state: ReplicaState, signatures: Signatures) {
    this.#state = state;
    this.#signatures = signatures;
  }

  heard(counted: Counted, envelope: Envelope): void {
    this.keep(counted, this.#signatures.proofIn(envelope));
  }

  keep(counted: Counted, frame: ProofFrame): void {
    this.#frames.set(counted, frame);
  }

  prePrepared({ accepted }: Slot, batch: Batch): Uint8Array {
    assert(accepted !== null, "what was pre-prepared is accepted");
    return prePreparedRecord(this.#behind(accepted), batch.bytes);
  }

  selected({ accepted, sequence }: Slot): void {
    const frame = this.order.get(sequence);
    assert(accepted !== null && frame !== undefined, "O has a PRE-PREPARE for what it chose");
    this.keep(accepted, frame);
  }

  prepared({ accepted, prepared }: Slot, prepares: readonly CountedVote[]): Uint8Array {
    assert(accepted !== null && prepared !== null, "what is prepared was accepted");
    const certificate = {
      prePrepare: this.#behind(accepted),
      prepares: prepares.map((vote) => this.#behind(vote)),
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
    this.keepDecision(
      decided,
      commits.map((vote) => this.#behind(vote)),
    );
  }

  keepDecision(decided: Decided, commits: readonly ProofFrame[]): void {
    this.#commits.set(decided, commits);
  }

  commits(decided: Decided): readonly ProofFrame[] {
    const commits = this.#commits.get(decided);
    assert(commits !== undefined, "what is decided has its COMMITs");
    return commits;
  }

  learned({ decided }: Slot, batch: Batch): Uint8Array {
    assert(decided !== null, "what was learned is decided");
    return decidedRecord(this.commits(decided), batch.bytes);
  }

  stable(_checkpoint: StableCheckpoint, votes: readonly CountedCheckpoint[]): void {
    this.proof = votes.map((vote) => this.#behind(vote));
  }

  /** As votes of those who signed it, to be counted by the core. */
  votesOf(frames: readonly ProofFrame[]): readonly CountedCheckpoint[] {
    return frames.map((frame) => {
      const envelope = this.#signatures.open(frame);
      assert(envelope !== null, "a proof is well-formed");
      const vote = { replica: envelope.sender, own: null };
      this.keep(vote, frame);
      return vote;
    });
  }

  installed({ sequence }: CheckpointVote): void {
    const { stable } = this.#state.marks;
    assert(sequence <= stable, `state ${sequence} was fetched above the proved ${stable}`);
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
      records.push(prePreparedRecord(this.#behind(accepted), acceptedBody.bytes));
    }
    const body = decided && bodies.get(decided.digest);
    if (body && sequence <= this.#state.lastExec) {
      records.push(decidedRecord(this.commits(decided), body.bytes));
    }
    return records;
  }

  #behind(counted: Counted): ProofFrame {
    const frame = this.#frames.get(counted);
    if (frame) return frame;
    assert(counted.own !== null, "behind every vote of somebody else stands a frame");
    return this.#signatures.seal(counted.own, "all");
  }
}
