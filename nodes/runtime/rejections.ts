/**
 * What was refused, dropped or given up, counted by reason; the reasons are ours, never text from a
 * peer. Of each reason the first case that has a detail is told, so that it can be found out why.
 */
export class Rejections {
  readonly #counts = new Map<string, number>();
  readonly #told = new Set<string>();
  readonly #tell: (line: string) => void;

  constructor(tell: (line: string) => void = () => undefined) {
    this.#tell = tell;
  }

  count(reason: string, detail?: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (detail === undefined || this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#tell(`${reason}: ${detail}; from now on only counted`);
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
