/** What breaks while the operator is away stays broken until he is back. */
import type { PlanEntry } from "./plan.ts";

interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
  /** The entry that tells of it. */
  readonly told: PlanEntry;
}

/**
 * Every heal is somebody's repair: those that fall into an absence come at its end. The next window
 * of the same fault waits for that by itself.
 */
export function unrepaired(entries: readonly PlanEntry[]): readonly PlanEntry[] {
  return absencesOf(entries).reduce((before, absence) => {
    const kept = new Set<string>();
    return before.map((entry) => {
      const broken = kept.has(entry.name) ? entry : keptBroken(entry, absence);
      if (broken !== entry) kept.add(entry.name);
      return broken;
    });
  }, entries);
}

function absencesOf(entries: readonly PlanEntry[]): readonly Absence[] {
  return entries.flatMap((told) => {
    const awaySinceMs = told.operator?.awaySinceMs;
    if (awaySinceMs === undefined) return [];
    return [{ fromMs: told.atMs - awaySinceMs, toMs: told.atMs + told.durationMs, told }];
  });
}

function keptBroken(entry: PlanEntry, { fromMs, toMs, told }: Absence): PlanEntry {
  const dueMs = entry.atMs + entry.durationMs;
  if (entry === told || dueMs <= fromMs || dueMs >= toMs) return entry;
  if (entry.notApplicable !== undefined || !haveOneClock(entry, told)) return entry;
  return { ...entry, durationMs: toMs - entry.atMs, unrepaired: { dueMs } };
}

/** Both have times of their own, or both count theirs from one event. */
function haveOneClock({ when: one }: PlanEntry, { when: other }: PlanEntry): boolean {
  return JSON.stringify({ ...one, delayMs: 0 }) === JSON.stringify({ ...other, delayMs: 0 });
}
