/**
 * Whether anything can be seen of one fault where several act on one place. What would be the same
 * without it is another one's doing and proves nothing of this one. One rule for both worlds.
 */
import type { ShapingKind, ShapingSign } from "../../faults/link-condition.ts";
import { SHAPING_KINDS, SHAPINGS } from "../../faults/link-condition.ts";
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
  const closesToo = changedShapings({ all, others }).some(
    (kind) => SHAPINGS[kind].signs.includes("closing") && others[kind] !== null,
  );
  return closesToo ? "another fault closes its connections as well" : null;
}

/** What this fault changes on a link that is open with and without it, and how that shows. */
export function shapingSigns(share: Share): readonly ShapingSign[] {
  return changedShapings(share).flatMap((kind) => SHAPINGS[kind].signs);
}

function changedShapings({ all, others }: Share): readonly ShapingKind[] {
  if (all.kind !== "open" || others.kind !== "open") return [];
  return SHAPING_KINDS.filter((kind) => JSON.stringify(all[kind]) !== JSON.stringify(others[kind]));
}

/** The same of a process: what this fault wants of it, and what the others do. */
export function processCover(wanted: ProcessState, others: ProcessState): string | null {
  if (others === "down" || others === "power-cut") return "another fault keeps it down";
  if (wanted === "paused" && others === "paused") return "another fault has stopped it as well";
  return null;
}

/** Whether that leaves nothing to do for it: a power cut takes from the log of a dead one, too. */
export function isPointless(wanted: ProcessState, others: ProcessState): boolean {
  return processCover(wanted, others) !== null && (wanted !== "power-cut" || others === wanted);
}

export function isSameState(a: LinkState, b: LinkState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
