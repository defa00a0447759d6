/**
 * P and Q (protocols §20.2): what stands behind a view change is what each replica remembers to
 * have prepared and pre-prepared. P is in the slots of the log, which keep what was prepared across
 * views; Q is here.
 */
import { assert } from "../../assert.ts";
import type { Batch } from "../../wire/request.ts";
import type { CountedVote, Slot } from "../log.ts";
import type { CheckpointVote } from "../messages.ts";
import { tryPrepared } from "../ordering.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Evidence } from "../variant.ts";
import type { Decisions } from "./decisions.ts";
import type { ClaimedMarks } from "./marks.ts";
import { claimsMax } from "./messages.ts";
import {
  decidedRecord,
  prePreparedRecord,
  preparedRecord,
  qRecord,
  stableRecord,
} from "./records.ts";

export class ClaimedEvidence implements Evidence {
  readonly vouches = false;
  readonly #state: ReplicaState;
  readonly #marks: ClaimedMarks;
  readonly #decisions: Decisions;
  /** Q: by number and digest the latest view in which it was pre-prepared here. */
  readonly prePrepares = new Map<number, Map<string, number>>();

  constructor(state: ReplicaState, marks: ClaimedMarks, decisions: Decisions) {
    this.#state = state;
    this.#marks = marks;
    this.#decisions = decisions;
  }

  /** Votes are counted and convince nobody else: nothing of them is kept. */
  heard(): void {}

  /** What is agreed is claimed, and never shown. */
  isShown(): boolean {
    return true;
  }

  prePrepared(slot: Slot, batch: Batch): Uint8Array {
    const { sequence, accepted } = slot;
    assert(accepted !== null, "what was pre-prepared is accepted");
    this.selected(slot);
    return prePreparedRecord({ ...accepted, sequence }, batch.bytes);
  }

  selected({ sequence, accepted }: Slot): void {
    assert(accepted !== null, "what is selected is accepted");
    this.prePrepare(sequence, accepted);
  }

  /** Also what is read back from the log, where views may come in any order. */
  prePrepare(sequence: number, { digest, view }: Pick<CountedVote, "digest" | "view">): void {
    const digests = this.prePrepares.get(sequence) ?? new Map<string, number>();
    digests.set(digest, Math.max(view, digests.get(digest) ?? 0));
    this.prePrepares.set(sequence, digests);
  }

  /**
   * As a VIEW-CHANGE has it. Of too many entries those of the oldest views are left out, which can
   * cost liveness and nothing else; no P entry ever is.
   */
  claimedPrePrepares(): ReadonlyMap<number, ReadonlyMap<string, number>> {
    const entries = [...this.prePrepares]
      .filter(([sequence]) => sequence > this.#marks.stable)
      .flatMap(([sequence, digests]) =>
        [...digests].map(([digest, view]) => ({ sequence, digest, view })),
      )
      .sort((a, b) => b.view - a.view)
      .slice(0, claimsMax(this.#state.cluster));
    const claimed = new Map<number, Map<string, number>>();
    for (const { sequence, digest, view } of entries) {
      const digests = claimed.get(sequence) ?? new Map<string, number>();
      claimed.set(sequence, digests.set(digest, view));
    }
    return claimed;
  }

  /**
   * A VIEW-CHANGE with more entries than others take would be worth nothing, and none of P may be
   * left out: whoever's stable mark stands still while bases rise stops preparing new numbers.
   */
  hasRoomFor(slot: Slot): boolean {
    const { log, cluster } = this.#state;
    const most = claimsMax(cluster);
    if (log.size < most || slot.prepared) return true;
    let claimed = 0;
    for (const { sequence, prepared } of log.values()) {
      if (prepared && sequence > this.#marks.stable) claimed += 1;
    }
    return claimed < most;
  }

  prepared({ sequence, prepared }: Slot): Uint8Array {
    assert(prepared !== null, "what is prepared was agreed on");
    return preparedRecord({ sequence, ...prepared });
  }

  decided(): void {}

  learned({ sequence, decided }: Slot, batch: Batch): Uint8Array {
    assert(decided !== null, "what was learned is decided");
    return decidedRecord({ sequence, ...decided }, batch.bytes);
  }

  stable({ sequence }: CheckpointVote): void {
    for (const number of this.prePrepares.keys()) {
      if (number <= sequence) this.prePrepares.delete(number);
    }
    for (const slot of this.#state.log.ascending()) {
      if (slot.sequence > sequence) tryPrepared(this.#state, slot);
    }
  }

  /** It raises what is ordered at most, and no floor: others may vote on lower numbers again. */
  installed({ sequence }: CheckpointVote): void {
    this.#marks.reach(sequence);
    this.#decisions.forgetTold(this.#state.log.values(), sequence);
  }

  stableRecord(): Uint8Array {
    return stableRecord(this.#state.checkpoints.stable);
  }

  /** Of all numbers: one that was read back, or whose body never came, has no slot. */
  qRecords(): readonly Uint8Array[] {
    return [...this.prePrepares].flatMap(([sequence, digests]) =>
      [...digests].map(([digest, view]) => qRecord({ sequence, view, digest })),
    );
  }

  slotRecords(slot: Slot): readonly Uint8Array[] {
    const { sequence, prepared, decided, bodies } = slot;
    const records: Uint8Array[] = [];
    if (prepared) records.push(preparedRecord({ sequence, ...prepared }));
    const accepted = sequence > this.#marks.stable ? slot.accepted : null;
    const acceptedBody = accepted && bodies.get(accepted.digest);
    if (acceptedBody) {
      records.push(prePreparedRecord({ ...accepted, sequence }, acceptedBody.bytes));
    }
    const body = decided && bodies.get(decided.digest);
    if (body && sequence <= this.#state.lastExec) {
      records.push(decidedRecord({ sequence, ...decided }, body.bytes));
    }
    return records;
  }
}
