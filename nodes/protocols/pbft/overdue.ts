/**
 * What was decided somewhere and for a STATUS period not executed everywhere keeps `Treq` running
 * (protocols §10.2), though nobody asks for it here: others may have served its client, and no
 * other one may ever come. Then those who can execute it and those who cannot stay apart where the
 * replicas that are needed have left the view, or a liar says nothing to some (pbft-relay, seed
 * 700037; pbft-mac-proof, seeds 600555 and 659899). It is no request that waits: nobody is to
 * propose it again, and its copy here need not show who made it.
 */
import type { ReplicaState } from "./replica-state.ts";

type Overdue = NonNullable<ReplicaState["overdue"]>;

/** Once a STATUS period: what is overdue now, and since when. */
export function findOverdue(state: ReplicaState): Overdue | null {
  const { overdue: before, now } = state;
  const found = find(state);
  if (found === null) return null;
  const { view, sequence, isExecuted } = found;
  const isFoundAgain =
    before?.view === view && before.sequence === sequence && before.isExecuted === isExecuted;
  return { ...found, since: isFoundAgain ? before.since : now };
}

/** The first number that the view still orders, or the last one executed. */
function find(state: ReplicaState): Omit<Overdue, "since"> | null {
  const { log, active, view, lastExec, now, cluster } = state;
  if (!active) return null;
  const since = now - cluster.timers.statusMs;
  for (const { sequence, accepted, prepared, touchedAt } of log.ascending()) {
    // What an older view prepared where this one orders something else was given up.
    const isOrdered = prepared !== null && accepted?.digest === prepared.digest;
    if (!isOrdered || sequence <= lastExec || touchedAt > since) continue;
    return { view, sequence, isExecuted: false };
  }
  return isMissed(state, since) ? { view, sequence: lastExec, isExecuted: true } : null;
}

/**
 * Whether W others have not executed the last number, which no stable checkpoint covers: one of
 * them is good, and those who have are too few to convince it.
 */
function isMissed(state: ReplicaState, since: number): boolean {
  const { log, lastExec, now, cluster, corrupt } = state;
  const slot = log.get(lastExec);
  if (slot === undefined || slot.touchedAt > since || corrupt) return false;
  return isLackedByMany(state, now - 2 * cluster.timers.statusMs);
}

function isLackedByMany(state: ReplicaState, since: number): boolean {
  const { marks, lastExec } = state;
  const reach = { from: marks.stable, below: lastExec, since };
  return state.catchingUp.countBehind(reach) >= state.weakQuorum;
}

/**
 * When `Treq` runs out: they have said so again. It was found by what may have been a period old,
 * and where a period is longer than the time-out everybody may have executed it before.
 */
export function isStillOverdue(state: ReplicaState): boolean {
  const { overdue } = state;
  return overdue === null || !overdue.isExecuted || isLackedByMany(state, overdue.since);
}

/** The number that is waited for; null if there is none any more. */
export function overdueNumber({ overdue, active, view, lastExec }: ReplicaState): number | null {
  if (!active || overdue?.view !== view) return null;
  const { sequence, isExecuted } = overdue;
  const isWaitedFor = isExecuted ? sequence === lastExec : sequence > lastExec;
  return isWaitedFor ? sequence : null;
}
