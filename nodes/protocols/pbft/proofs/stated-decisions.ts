/** A decision is shown to nobody: enough others state it (protocols §20.7). */
import { assert } from "../../assert.ts";
import type { NodeId } from "../../contract/core.ts";
import { expectStored } from "../../stored-record.ts";
import type { Reader } from "../../wire/codec.ts";
import type { Batch } from "../../wire/request.ts";
import type { DecisionEvidence } from "../certificates/decision-evidence.ts";
import type { StableCheckpoint } from "../checkpoint-store.ts";
import { decidedRoute, readDecision, whatConvincesOf } from "../claims/deciding.ts";
import { Decisions } from "../claims/decisions.ts";
import { highestInstallable } from "../claims/installable.ts";
import { DECIDED } from "../claims/messages.ts";
import { decidedRecord } from "../claims/records.ts";
import type { Slot } from "../log.ts";
import type { CheckpointVote } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend } from "../resending.ts";

export class StatedDecisions implements DecisionEvidence {
  readonly #state: ReplicaState;
  readonly #decisions = new Decisions();

  constructor(state: ReplicaState) {
    this.#state = state;
  }

  get routes(): DecisionEvidence["routes"] {
    return [[DECIDED, decidedRoute({ state: this.#state, decisions: this.#decisions })]];
  }

  /** That it is decided here is all that this replica will state. */
  keep(): void {}

  record({ sequence, decided }: Slot, batch: Batch): Uint8Array {
    assert(decided !== null, "what was learned is decided");
    return decidedRecord({ sequence, ...decided }, batch.bytes);
  }

  readBack(body: Reader): void {
    readDecision(this.#state, body);
  }

  /** What is stated rests on what was executed here; of what is covered the state is fetched. */
  coveredRecord(): null {
    return null;
  }

  readCovered(): void {
    expectStored(false, "it holds COMMITs, which show nothing here");
  }

  /**
   * Of those who could state a decision too few may be left: who started again on a state of its
   * own states nothing below it, and a liar that withholds its CHECKPOINT keeps it from being
   * stable. None is skipped for what is merely claimed: it may be stable at somebody by what
   * convinces that one alone, and be so at the others with every good one's vote (protocols §22.3).
   */
  get target(): StableCheckpoint {
    const { lastExec, cluster, corrupt, checkpoints } = this.#state;
    if (corrupt) return checkpoints.stable;
    const { checkpointInterval } = cluster;
    const next = (Math.floor(lastExec / checkpointInterval) + 1) * checkpointInterval;
    return highestInstallable(this.#state, next);
  }

  installed({ sequence }: CheckpointVote): void {
    this.#decisions.forgetTold(this.#state.log.values(), sequence);
  }

  convince(peer: NodeId, slot: Slot): void {
    const { scheme } = this.#state;
    for (const content of whatConvincesOf(
      { state: this.#state, decisions: this.#decisions },
      slot,
    )) {
      resend(this.#state, peer, scheme.seal(content, peer));
    }
  }
}
