/**
 * So much per peer and period, whatever is counted: answers, frames, verifications. A peer must not
 * make a good replica work or talk for it (protocols §12.3). What is charged beyond the share is
 * owed to the periods that follow, so that one costly message cannot buy more than many cheap ones.
 */
export class RateLimit {
  readonly #perPeriod: number;
  readonly #periodMs: number;
  /** What each peer used and has not worked off: only of peers that used something lately. */
  readonly #used = new Map<number, number>();
  #periodStart = 0;

  constructor({ perPeriod, periodMs }: { perPeriod: number; periodMs: number }) {
    this.#perPeriod = perPeriod;
    this.#periodMs = periodMs;
  }

  /** @returns false when this peer has used up its share of the period */
  take(peer: number, now: number, cost = 1): boolean {
    if (this.isExhausted(peer, now)) return false;
    this.charge(peer, now, cost);
    return true;
  }

  isExhausted(peer: number, now: number): boolean {
    this.#workOff(now);
    return (this.#used.get(peer) ?? 0) >= this.#perPeriod;
  }

  charge(peer: number, now: number, cost: number): void {
    this.#workOff(now);
    this.#used.set(peer, (this.#used.get(peer) ?? 0) + cost);
  }

  #workOff(now: number): void {
    const periods = Math.floor((now - this.#periodStart) / this.#periodMs);
    if (periods <= 0) return;
    this.#periodStart += periods * this.#periodMs;
    for (const [peer, used] of this.#used) {
      const owed = used - periods * this.#perPeriod;
      if (owed > 0) this.#used.set(peer, owed);
      else this.#used.delete(peer);
    }
  }
}
