/**
 * Who is only behind does not give the view up (protocols §10.7): what waits here the others may
 * have executed long ago, and a VIEW-CHANGE that nobody joins cannot be taken back.
 */
import type { NodeId } from "../contract/core.ts";

/** How far a replica has come when `Treq` runs out. */
export interface Reached {
  readonly now: number;
  readonly timeoutMs: number;
  readonly statusMs: number;
  readonly weakQuorum: number;
  readonly lastExec: number;
  /** Grows whenever something was executed, or fetched of a state. */
  readonly progress: number;
}

interface Stated {
  readonly lastExec: number;
  /** In the view that it says it is in. */
  readonly active: boolean;
  /** When it was said, ms. */
  readonly now: number;
}

/** What is known of `Treq` and of those who may be ahead. */
export class CatchingUp {
  /** What each peer said last. */
  readonly #stated = new Map<NodeId, Stated>();
  /** When `Treq` was to run out, ms. */
  #dueAt = 0;
  /** It ran out, and is waited on. */
  #grace: { readonly until: number; readonly progress: number } | null = null;

  stated(peer: NodeId, stated: Stated): void {
    this.#stated.set(peer, stated);
  }

  /**
   * Could a view be entered with those who were heard lately, and are there no W ahead in theirs?
   * Else who left the view would be out when the others come, and have executed it all. Who is
   * ahead and has left its view may have done so because it can convince nobody.
   */
  isInTouch(reached: Reached, quorum: number): boolean {
    const since = reached.now - Math.max(reached.timeoutMs, 2 * reached.statusMs);
    const heard = [...this.#stated.values()].filter(({ now }) => now >= since);
    const ahead = this.#ahead(reached).filter(({ active }) => active);
    return heard.length >= quorum - 1 && ahead.length < reached.weakQuorum;
  }

  /** How many others have said lately that they are at `from` or beyond, and below the other. */
  countBehind({ from, below, since }: { from: number; below: number; since: number }): number {
    let behind = 0;
    for (const { lastExec, now } of this.#stated.values()) {
      if (now >= since && lastExec >= from && lastExec < below) behind += 1;
    }
    return behind;
  }

  /** `Treq` starts. */
  started({ now, timeoutMs }: { readonly now: number; readonly timeoutMs: number }): void {
    this.#dueAt = now + timeoutMs;
    this.#grace = null;
  }

  /**
   * `Treq` ran out, for the first time or after it was waited on. Some time more has who is behind,
   * or was itself away when the timer was due: what came meanwhile is still to be read. Then as
   * much as it gets on in, and no more than the time-out once again: a bad primary could keep it
   * behind.
   */
  isWorthWaiting(reached: Reached): boolean {
    const { now, timeoutMs, statusMs, progress } = reached;
    const before = this.#grace;
    this.#grace = { until: before?.until ?? now + timeoutMs, progress };
    if (before === null) {
      const wasAway = now > this.#dueAt + statusMs;
      return wasAway || this.#isBehind(reached);
    }
    return now < before.until && progress > before.progress && this.#isBehind(reached);
  }

  /** Of W others that say to have executed more a good one has. */
  #isBehind(reached: Reached): boolean {
    return this.#ahead(reached).length >= reached.weakQuorum;
  }

  #ahead({ lastExec }: Reached): readonly Stated[] {
    return [...this.#stated.values()].filter((stated) => stated.lastExec > lastExec);
  }
}
