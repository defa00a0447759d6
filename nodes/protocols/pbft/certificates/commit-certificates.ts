/** A decision is shown by its COMMITs, in any view and by anybody (protocols §6.4). */
import { assert } from "../../assert.ts";
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { expectStored } from "../../stored-record.ts";
import type { Reader } from "../../wire/codec.ts";
import type { Batch } from "../../wire/request.ts";
import type { StableCheckpoint } from "../checkpoint-store.ts";
import type { CountedVote, Decided, Slot } from "../log.ts";
import { keepLoggedBody } from "../logged-body.ts";
import type { CheckpointVote } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend } from "../resending.ts";
import type { CountedMessages } from "./counted-messages.ts";
import type { DecisionEvidence } from "./decision-evidence.ts";
import { loggedVote } from "./logged-vote.ts";
import type { Prover } from "./provable.ts";
import { coveredRecord, decidedRecord } from "./records.ts";

export class CommitCertificates implements DecisionEvidence {
  readonly routes = [];
  readonly #state: ReplicaState;
  readonly #prover: Prover;
  readonly #messages: CountedMessages;
  readonly #commits = new WeakMap<Decided, readonly ProofFrame[]>();
  /** Whose COMMITs are on the disk. */
  readonly #written = new WeakSet<Decided>();

  constructor(state: ReplicaState, prover: Prover, messages: CountedMessages) {
    this.#state = state;
    this.#prover = prover;
    this.#messages = messages;
  }

  keep(decided: Decided, commits: readonly CountedVote[]): void {
    this.#commits.set(
      decided,
      commits.map((vote) => this.#messages.proofOf(vote)),
    );
  }

  record({ decided }: Slot, batch: Batch): Uint8Array {
    if (decided) this.#written.add(decided);
    return decidedRecord(this.#of(decided), batch.bytes);
  }

  readBack(body: Reader): void {
    const slot = this.#readCommits(body);
    keepLoggedBody(this.#state, slot, body.blob());
  }

  /**
   * Who executed it may be the only ones to show it: those who lack it may have heard too few
   * COMMITs, and some of those who sent them be silent from now on.
   */
  coveredRecord({ decided }: Slot): Uint8Array | null {
    if (!decided || this.#written.has(decided)) return null;
    this.#written.add(decided);
    return coveredRecord(this.#of(decided));
  }

  readCovered(body: Reader): void {
    this.#readCommits(body);
  }

  /** The body is asked for. */
  convince(peer: NodeId, { decided }: Slot): void {
    for (const frame of this.#of(decided)) resend(this.#state, peer, frame);
  }

  /** What Q signatures prove, and nothing that is merely claimed (protocols §8.1). */
  get target(): StableCheckpoint {
    return this.#state.checkpoints.stable;
  }

  installed({ sequence }: CheckpointVote): void {
    const { stable } = this.#state.marks;
    assert(sequence <= stable, `state ${sequence} was fetched above the proved ${stable}`);
  }

  #readCommits(body: Reader): Slot {
    const commits = body.blobs(1024).map((frame) => this.#prover.written(frame));
    const votes = commits.map((frame) => loggedVote(this.#prover.scheme, frame));
    const [first] = votes;
    expectStored(first !== undefined, "it is decided by nobody");
    const slot = this.#state.log.at(first.sequence);
    slot.decided = { digest: first.digest, by: votes.map(({ sender }) => sender) };
    this.#commits.set(slot.decided, commits);
    this.#written.add(slot.decided);
    return slot;
  }

  #of(decided: Decided | null): readonly ProofFrame[] {
    const commits = decided && this.#commits.get(decided);
    assert(!!commits, "what is decided has its COMMITs");
    return commits;
  }
}
