/**
 * What was prepared and is not executed waits, with `Treq` (protocols §10.2, §13.3): its client may
 * have been served by others, and no other one may ever come. Then those who can execute it and
 * those who cannot stay apart where the replicas that are needed have left the view, or a liar says
 * nothing to some (pbft-relay, seed 700037; pbft-mac-proof, seed 600555). Only while the view
 * orders it: of what was given up nobody else need be certain (protocols §19.6).
 */
import { orderedRequests } from "./entering-a-view.ts";
import type { Slot } from "./log.ts";
import type { ReplicaState } from "./replica-state.ts";

/** After a restart: the queue is not on the disk. */
export function waitForPrepared(state: ReplicaState): void {
  for (const slot of state.log.ascending()) recallPrepared(state, slot);
  if (state.active) state.requests.enterView(orderedRequests(state));
}

/**
 * Once a STATUS period: of what goes its way nothing was prepared for so long. Where the view
 * orders another batch at the number, what an older one prepared there was given up.
 */
export function waitForOverdue(state: ReplicaState): void {
  if (!state.active) return;
  const overdue = state.now - state.cluster.timers.statusMs;
  for (const slot of state.log.ascending()) {
    const { accepted, prepared, touchedAt } = slot;
    if (accepted?.digest === prepared?.digest && touchedAt <= overdue) recallPrepared(state, slot);
  }
}

function recallPrepared(state: ReplicaState, { sequence, prepared, bodies }: Slot): void {
  if (sequence <= state.lastExec || !prepared) return;
  for (const request of bodies.get(prepared.digest)?.requests ?? []) {
    if (request.timestamp > state.clients.lastTimestamp(request.client)) {
      state.requests.recall(request);
    }
  }
}
