/**
 * When each link and each process was last changed: what was seen before that, or while it was
 * under way, may be due to the state before.
 */
const NEVER_NS = 2n ** 63n - 1n;

export class Settling {
  readonly #underWay = new Map<string, number>();
  readonly #doneNs = new Map<string, bigint>();

  begin(places: readonly string[]): void {
    for (const place of places) this.#underWay.set(place, (this.#underWay.get(place) ?? 0) + 1);
  }

  end(places: readonly string[], nowNs: bigint): void {
    for (const place of places) {
      const left = (this.#underWay.get(place) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(place);
      else this.#underWay.set(place, left);
      this.#doneNs.set(place, nowNs);
    }
  }

  /** The end of time while a change of any of the places is under way. */
  doneNs(places: readonly string[]): bigint {
    if (places.some((place) => this.#underWay.has(place))) return NEVER_NS;
    const times = places.map((place) => this.#doneNs.get(place) ?? 0n);
    return times.reduce((latest, time) => (time > latest ? time : latest), 0n);
  }
}
