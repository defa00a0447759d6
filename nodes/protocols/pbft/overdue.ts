/**
 * What was prepared and for a STATUS period not executed keeps `Treq` running (protocols §10.2),
 * though nobody asks for it here: others may have served its client, and no other one may ever
 * come. Then those who can execute it and those who cannot stay apart where the replicas that are
 * needed have left the view, or a liar says nothing to some (pbft-relay, seed 700037;
 * pbft-mac-proof, seed 600555). It is no request that waits: nobody is to propose it again, and its
 * copy here need not show who made it.
 */
import type { ReplicaState } from "./replica-state.ts";

/** Once a STATUS period: the first number that the view still orders. */
export function findOverdue({
  log,
  active,
  view,
  lastExec,
  now,
  cluster,
}: ReplicaState): ReplicaState["overdue"] {
  if (!active) return null;
  const since = now - cluster.timers.statusMs;
  for (const { sequence, accepted, prepared, touchedAt } of log.ascending()) {
    // What an older view prepared where this one orders something else was given up.
    const isOrdered = prepared !== null && accepted?.digest === prepared.digest;
    if (isOrdered && sequence > lastExec && touchedAt <= since) return { view, sequence };
  }
  return null;
}

/** The number that is waited for; null if there is none any more. */
export function overdueNumber({ overdue, active, view, lastExec }: ReplicaState): number | null {
  const isWaitedFor = active && overdue?.view === view && overdue.sequence > lastExec;
  return isWaitedFor ? overdue.sequence : null;
}
