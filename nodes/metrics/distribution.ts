import type { Metric } from "./metric.ts";
import type { Labels, Sample } from "./sample.ts";

/** The values of one histogram, counted where they fall; counting allocates nothing. */
export class Distribution {
  readonly #metric: Metric;
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(metric: Metric) {
    this.#metric = metric;
    this.#bounds = metric.buckets ?? [];
    this.#counts = new Float64Array(this.#bounds.length + 1);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.#bounds[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] ?? 0) + 1;
    this.#sum += value;
  }

  samples(labels: Labels = {}): readonly Sample[] {
    const samples: Sample[] = [];
    const add = (part: Sample["part"], value: number, le?: number) => {
      const own = le === undefined ? labels : { ...labels, le: boundText(le) };
      samples.push({ metric: this.#metric, part, labels: own, value });
    };
    let count = 0;
    for (const [index, bound] of [...this.#bounds, Number.POSITIVE_INFINITY].entries()) {
      count += this.#counts[index] ?? 0;
      add("_bucket", count, bound);
    }
    add("_sum", this.#sum);
    add("_count", count);
    return samples;
  }
}

function boundText(bound: number): string {
  return Number.isFinite(bound) ? String(bound) : "+Inf";
}
