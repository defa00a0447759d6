/**
 * What stood between a fault and its proof at one place, look by look: an end that another fault
 * has killed or stopped, or another fault that does the same. Where nothing else could be seen as
 * long as it lasted, it made no difference there and is left out of the proof. One rule for every
 * world.
 */
import { type Attestation, type Part, tooShortMs } from "./attestation.ts";

export interface Look {
  /** Why nothing can be seen now; null = something can. */
  readonly obstacle: string | null;
  /** It was there before the fault, so that this one makes no difference now. */
  readonly isPointless: boolean;
  /** For how long it has been so that something can be seen. */
  readonly clearMs: number;
}

export class Obstacles {
  #met: string | null = null;
  #clearMs = 0;
  #isPointless = true;

  look({ obstacle, isPointless, clearMs }: Look): void {
    if (obstacle === null) {
      this.#clearMs = Math.max(this.#clearMs, clearMs);
      return;
    }
    this.#met = obstacle;
    this.#isPointless &&= isPointless;
  }

  /**
   * What to say of the place when the fault is over and nothing was proven.
   * @param doubt what would be said if nothing had ever been in the way
   */
  part(place: string, doubt: Attestation, periodMs: number): Part {
    if (this.#met === null || !this.#isPointless) return doubt;
    if (this.#clearMs >= tooShortMs(periodMs)) return doubt;
    const why = `${place}: left out: ${this.#met}`;
    // Not one beat could tell of a moment at its edges.
    if (this.#clearMs < periodMs) {
      return { outcome: "skipped", evidence: [`${why} as long as it lasted`] };
    }
    const rest = `but for ${Math.round(this.#clearMs)} ms, too short for a proof`;
    return { outcome: "indeterminate", evidence: [`${why}, ${rest}`], isLeftOut: true };
  }
}
