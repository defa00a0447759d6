/**
 * Whether anything can be seen of one fault where several act on one place. What would be the same
 * without it is another one's doing and proves nothing of this one. One rule for both worlds.
 */
import type { LinkState, ProcessState } from "../../faults/link-state.ts";

/** What all active faults ask for, and what all but one do. */
export interface Share {
  readonly all: LinkState;
  readonly others: LinkState;
}

/** Why nothing can be seen of it on this link, in words; null = it makes a difference. */
export function linkCover({ all, others }: Share): string | null {
  if (others.kind !== "open") return `another fault keeps it at ${others.kind} as well`;
  if (isSameState(all, others)) return "other faults ask for as much as this one";
  if (all.kind !== "open") return null;
  const closesToo = all.cutoffBytes !== others.cutoffBytes && others.cutoffBytes !== null;
  return closesToo ? "another fault closes its connections as well" : null;
}

/** The same of a process: what this fault wants of it, and what the others do. */
export function processCover(wanted: ProcessState, others: ProcessState): string | null {
  if (others === "down" || others === "power-cut") return "another fault keeps it down";
  if (wanted === "paused" && others === "paused") return "another fault has stopped it as well";
  return null;
}

export function isSameState(a: LinkState, b: LinkState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
