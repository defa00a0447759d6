/** The quiet phase: what it is about, step by step. */

/**
 * Of the quiet phase, one after the other: the load goes on, all converge, one client reads. Where
 * the plan asks for it, what outlasted the faults ends, all converge again, the load is back for a
 * while, and all come to rest.
 */
export type Stage = "load" | "converge" | "reads" | "return" | "gather" | "steady" | "rest";

/** They are to converge. */
export function isWatched(stage: Stage): boolean {
  return stage === "converge" || stage === "gather" || stage === "rest";
}

/** Load stays on this long into the quiet phase, so that recovery shows in completed operations. */
export function quietLoadMs(quietMs: number): number {
  return Math.min(2_000, quietMs / 3);
}
