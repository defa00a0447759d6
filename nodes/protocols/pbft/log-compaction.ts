/** Writing the log anew, shorter. */
import type { Slot } from "./log.ts";
import {
  bodyRecord,
  decidedRecord,
  newViewRecord,
  prePreparedRecord,
  preparedRecord,
  snapshotRecords,
  stableRecord,
  viewChangeRecord,
} from "./records.ts";
import type { ReplicaState } from "./replica-state.ts";

/** Replacing the log writes the whole state: only when as much was written since the last time. */
export function isLogWorthCompacting(state: ReplicaState): boolean {
  return state.bytesSinceCompaction >= state.content.root.size;
}

/**
 * Replaces the log by what still matters above the stable checkpoint. `h`, its proof and its
 * snapshot are in the same atomic write as the deletion of everything below (7.1).
 */
export function compactLog(state: ReplicaState): void {
  const { stable, own } = state.checkpoints;
  state.loggedPages.forget();
  const records = [...own.values()]
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap((checkpoint) => snapshotRecords(state, checkpoint));
  if (stable.sequence > 0) records.push(stableRecord(stable));
  const ownViewChange = state.viewChanges.get(state.id);
  if (state.newView) records.push(newViewRecord(state.newView));
  // While inactive the own VIEW-CHANGE is the only witness of the view.
  if (!state.active && ownViewChange) records.push(viewChangeRecord(ownViewChange.frame));
  for (const slot of state.log.ascending()) records.push(...slotRecords(state, slot));
  state.effects.persist("replace", records);
  state.compacted();
}

function slotRecords(state: ReplicaState, slot: Slot): Uint8Array[] {
  const records: Uint8Array[] = [];
  const { certificate, decided } = slot;
  const accepted = slot.sequence > state.low ? slot.accepted : null;
  for (const [digest, batch] of slot.bodies) {
    if (batch.requests.length === 0 || digest === accepted?.digest) continue;
    records.push(bodyRecord(slot.sequence, digest, batch.bytes));
  }
  if (certificate) records.push(preparedRecord(certificate));
  const acceptedBody = accepted && slot.bodies.get(accepted.digest);
  if (accepted && acceptedBody) {
    records.push(prePreparedRecord(accepted.frame, acceptedBody.bytes));
  }
  const body = decided && slot.bodies.get(decided.digest);
  if (decided && body && slot.sequence <= state.lastExec) {
    records.push(
      decidedRecord(
        decided.commits.map(([, frame]) => frame),
        body.bytes,
      ),
    );
  }
  return records;
}
