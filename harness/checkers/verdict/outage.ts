/**
 * Outage: the longest time in which somebody waited and nobody was answered. A client that gives up
 * ends its own waiting, not the outage; where nobody asks there is none.
 */
import type { Observations } from "../../observations/observations.ts";
import { endOfRun, type Stall, stalls } from "../windows.ts";

export class Outages {
  readonly #stalls: readonly Stall[];

  constructor(observations: Observations) {
    this.#stalls = stalls(observations.history, endOfRun(observations));
  }

  /** In all: over the whole run, owed or not. */
  get longestMs(): number {
    return this.#longest(0, Number.POSITIVE_INFINITY);
  }

  /**
   * Of one fault: what began before the heal counts to its end, and from the fault's begin only.
   * @param healed ns; Infinity = it never was
   */
  duringMs({ begun, healed }: { readonly begun: number; readonly healed: number }): number {
    return this.#longest(begun, healed);
  }

  #longest(begun: number, healed: number): number {
    const lengths = this.#stalls
      .filter(({ from, to }) => to > begun && from < healed)
      .map(({ from, to }) => to - Math.max(from, begun));
    return lengths.reduce((longest, length) => Math.max(longest, length), 0) / 1e6;
  }
}
