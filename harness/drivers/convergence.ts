/**
 * When a cluster counts as converged: all good replicas have executed the same, have one view to
 * work in, and have equal state; and that has held. One rule for every world.
 */
import { liveView, type Standing, type ViewMembers } from "../observations/live-view.ts";

export interface Executed extends Standing {
  readonly lastExec: number;
}

export interface Head {
  /** The live view: a quorum is active in it. */
  readonly view: number;
  readonly lastExec: number;
}

/**
 * The number that all of them have executed up to, if they have one view to work in: a replica that
 * is silent has none.
 * @param seen of every good replica, null for one that is silent
 */
export function commonHead(seen: readonly (Executed | null)[], members: ViewMembers): Head | null {
  const statuses = seen.filter((status) => status !== null);
  const [first] = statuses;
  if (first === undefined || statuses.length < seen.length) return null;
  const { lastExec } = first;
  if (statuses.some((status) => status.lastExec !== lastExec)) return null;
  const view = liveView(statuses, members);
  return view === null ? null : { view, lastExec };
}

/** Digests are costly: only once everything else agrees. */
export function areEqual(digests: Readonly<Record<string, string>>): boolean {
  return new Set(Object.values(digests)).size === 1;
}

/** It counts once it has held for two STATUS periods: nothing may still be under way. */
export class Hold {
  readonly #forMs: number;
  #lastExec: number | null = null;
  #sinceMs = 0;

  constructor({ statusMs }: { readonly statusMs: number }) {
    this.#forMs = 2 * statusMs;
  }

  /**
   * To be told at every look.
   * @param lastExec null where there is no common head
   * @returns whether it has held for long enough
   */
  see(lastExec: number | null, nowMs: number): boolean {
    if (lastExec !== this.#lastExec) this.#sinceMs = nowMs;
    this.#lastExec = lastExec;
    return lastExec !== null && nowMs - this.#sinceMs >= this.#forMs;
  }
}
