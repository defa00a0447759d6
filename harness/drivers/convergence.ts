/**
 * When a cluster counts as converged: all good replicas have executed the same, have one view to
 * work in, and have equal state; and that has held. One rule for every world.
 */

import { liveView, type Standing, type ViewMembers } from "../observations/live-view.ts";
import type { Plan } from "../plan/plan.ts";

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

/**
 * It counts once it has held for two STATUS periods: nothing may still be under way. The rest that
 * a plan asks for at its end is longer, and the view must hold in it, too.
 */
export class Hold {
  readonly #forMs: number;
  readonly #periodsMs: number;
  readonly #holdsView: boolean;
  #head: Head | null = null;
  #sinceMs = 0;
  /** The last one that held. */
  #view: number | null = null;
  #viewsLeft = 0;

  constructor({ cluster, ending }: Pick<Plan, "cluster" | "ending">, isLast: boolean) {
    this.#periodsMs = 2 * cluster.parameters.timers.statusMs;
    const restMs = isLast ? ending?.restMs : undefined;
    this.#forMs = Math.max(this.#periodsMs, restMs ?? 0);
    this.#holdsView = restMs !== undefined;
  }

  /**
   * To be told at every look.
   * @param head null where there is no common one
   * @returns whether it has held for long enough
   */
  see(head: Head | null, nowMs: number): boolean {
    if (!this.#isSame(head)) this.#sinceMs = nowMs;
    this.#head = head;
    if (head === null) return false;
    const heldMs = nowMs - this.#sinceMs;
    if (this.#holdsView && heldMs >= this.#periodsMs) this.#settle(head.view);
    return heldMs >= this.#forMs;
  }

  /**
   * How many views the cluster gave up that had held, while nobody asked for anything; undefined
   * where the plan asks for no rest.
   */
  get viewsLeft(): number | undefined {
    return this.#holdsView ? this.#viewsLeft : undefined;
  }

  #settle(view: number): void {
    if (this.#view !== null && this.#view !== view) this.#viewsLeft += 1;
    this.#view = view;
  }

  #isSame(head: Head | null): boolean {
    if (head?.lastExec !== this.#head?.lastExec) return false;
    return !this.#holdsView || head?.view === this.#head?.view;
  }
}
