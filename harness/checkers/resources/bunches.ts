import type { PlannedSimulation } from "../../plan/simulation.ts";

/**
 * What a simulated wire brings at once by itself, faults apart: it delays one frame by so much more
 * than another, and doubles some. It does so for as long as the run lasts.
 */
export class Bunches {
  /** In which a frame may come, once it was sent, in STATUS periods. */
  readonly #periods: number;
  /** Of each frame, at most. */
  readonly #copies: number;

  constructor(simulation: PlannedSimulation | undefined, statusMs: number) {
    const wires = simulation === undefined ? [] : [simulation.network, simulation.calm];
    const known = wires.filter((wire) => wire !== undefined);
    const spreads = known.map(({ delayMinMs, delayMaxMs }) => delayMaxMs - delayMinMs);
    this.#periods = Math.max(0, ...spreads) / statusMs;
    this.#copies = known.some(({ duplication }) => duplication > 0) ? 2 : 1;
  }

  /**
   * How many may be refused of what is sent once a period and granted so often in one. Where so
   * many come in a period at most, no larger part is refused of those that come in it.
   */
  refused(granted: number, periods: number): number {
    return Math.ceil(this.#copies * periods * Math.max(0, 1 - granted / this.#most));
  }

  /** How often what would keep to its pace may come instead; 0 where it keeps to it. */
  doublings(granted: number): number {
    return this.#most > granted ? this.#copies : 0;
  }

  /** Of what is sent once a period, in one. */
  get #most(): number {
    return this.#copies * (Math.floor(1 + this.#periods) + 1);
  }
}
