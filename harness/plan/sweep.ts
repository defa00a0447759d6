/** Time, from one moment at which something changes to the next. */
export interface Span {
  readonly fromMs: number;
  /** May be Infinity. */
  readonly toMs: number;
}

export interface Change<Window extends Span> {
  readonly atMs: number;
  readonly ended: readonly Window[];
  /** Windows of no length are never in force. */
  readonly begun: readonly Window[];
}

/** The moments at which windows begin or end, ascending, 0 among them. */
export function sweep<Window extends Span>(windows: readonly Window[]): readonly Change<Window>[] {
  const changes = new Map<number, { atMs: number; ended: Window[]; begun: Window[] }>();
  const at = (atMs: number) => {
    const known = changes.get(atMs) ?? { atMs, ended: [], begun: [] };
    changes.set(atMs, known);
    return known;
  };
  at(0);
  for (const window of windows) {
    const lasts = window.toMs > window.fromMs;
    const beginning = at(window.fromMs);
    if (lasts) beginning.begun.push(window);
    if (!Number.isFinite(window.toMs)) continue;
    const end = at(window.toMs);
    if (lasts) end.ended.push(window);
  }
  return [...changes.values()].toSorted((a, b) => a.atMs - b.atMs);
}
