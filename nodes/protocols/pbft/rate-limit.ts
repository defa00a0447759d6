/**
 * So many answers per peer and period: a bad replica must not make good ones work or talk for it
 * (1.14).
 */
export class RateLimit {
  readonly #perPeriod: number;
  readonly #periodMs: number;
  readonly #windows = new Map<number, { start: number; used: number }>();

  constructor({ perPeriod, periodMs }: { perPeriod: number; periodMs: number }) {
    this.#perPeriod = perPeriod;
    this.#periodMs = periodMs;
  }

  /** @returns false when this peer has used up its share of the period */
  take(peer: number, now: number): boolean {
    let window = this.#windows.get(peer);
    if (!window || now - window.start >= this.#periodMs) {
      window = { start: now, used: 0 };
      this.#windows.set(peer, window);
    }
    if (window.used >= this.#perPeriod) return false;
    window.used += 1;
    return true;
  }
}
