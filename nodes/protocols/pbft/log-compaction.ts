/** Writing the log anew, shorter. */
import type { Slot } from "./log.ts";
import { bodyRecord, snapshotRecords, wrongStateRecord } from "./records.ts";
import type { ReplicaState } from "./replica-state.ts";

/** Replacing the log writes the whole state: only when as much was written since the last time. */
export function isLogWorthCompacting(state: ReplicaState): boolean {
  return state.bytesSinceCompaction >= state.content.root.size;
}

/**
 * Replaces the log by what still matters above the stable checkpoint. `h`, its proof and its
 * snapshot are in the same atomic write as the deletion of everything below (protocols §13.4).
 */
export function compactLog(state: ReplicaState): void {
  const { stable, own } = state.checkpoints;
  const { evidence, views, upkeep } = state.variant;
  state.loggedPages.forget();
  const records = [...own.values()]
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap((checkpoint) => snapshotRecords(state, checkpoint));
  if (stable.sequence > 0) records.push(evidence.stableRecord());
  if (state.corrupt) records.push(wrongStateRecord(state.corrupt));
  records.push(...views.records(), ...(upkeep?.records() ?? []));
  for (const slot of state.log.ascending()) {
    records.push(...bodyRecords(state, slot), ...evidence.slotRecords(slot));
  }
  state.effects.persist("replace", records);
  state.compacted();
}

/** Of what is accepted the body is in the variant's own record. */
function bodyRecords(state: ReplicaState, slot: Slot): Uint8Array[] {
  const records: Uint8Array[] = [];
  const accepted = slot.sequence > state.marks.stable ? slot.accepted : null;
  for (const [digest, batch] of slot.bodies) {
    if (batch.requests.length === 0 || digest === accepted?.digest) continue;
    records.push(bodyRecord(slot.sequence, digest, batch.bytes));
  }
  return records;
}
