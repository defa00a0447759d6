/** Exact quantiles of values that keep coming. */
export class Quantiles {
  #sorted = new Float64Array(0);
  #fresh: number[] = [];
  #sum = 0;

  get count(): number {
    return this.#sorted.length + this.#fresh.length;
  }

  get sum(): number {
    return this.#sum;
  }

  add(value: number): void {
    this.#fresh.push(value);
    this.#sum += value;
  }

  /** Nearest rank, as reports have it; NaN of nothing. */
  at(fraction: number): number {
    if (this.#fresh.length > 0) {
      const all = new Float64Array(this.count);
      all.set(this.#sorted);
      all.set(this.#fresh, this.#sorted.length);
      this.#sorted = all.sort();
      this.#fresh = [];
    }
    const rank = Math.max(1, Math.ceil(fraction * this.#sorted.length));
    return this.#sorted[rank - 1] ?? Number.NaN;
  }
}
