/** What stands behind a decision, and what convinces a peer that has not made it. */
import type { NodeId } from "../../contract/core.ts";
import type { Reader } from "../../wire/codec.ts";
import type { Batch } from "../../wire/request.ts";
import type { StableCheckpoint } from "../checkpoint-store.ts";
import type { CountedVote, Decided, Slot } from "../log.ts";
import type { CheckpointVote } from "../messages.ts";
import type { Route } from "../route.ts";

export interface DecisionEvidence {
  readonly routes: readonly (readonly [number, Route])[];
  keep(decided: Decided, commits: readonly CountedVote[]): void;
  /** @returns durable before any reply for a number that was not prepared here */
  record(slot: Slot, batch: Batch): Uint8Array;
  readBack(body: Reader): void;
  /** Before a snapshot covers it: no start will decide it again. @returns null if none is due */
  coveredRecord(slot: Slot): Uint8Array | null;
  readCovered(body: Reader): void;
  /** To a peer that has not decided what is decided here. */
  convince(peer: NodeId, slot: Slot): void;
  /** What to fetch where the decisions up to there cannot be had (protocols §8.1). */
  readonly target: StableCheckpoint;
  /** State was fetched and installed. */
  installed(checkpoint: CheckpointVote): void;
}
