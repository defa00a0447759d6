/**
 * Did a liar lie? Its executable counts every frame that left otherwise than the honest core sent
 * it; a behaviour that changed none was without effect. One rule for both worlds (DESIGN 2 rule 5).
 */
import type { Attestation } from "./conductor.ts";

export interface Lie {
  readonly replica: string;
  readonly behaviour: string;
}

/** What the replica's own status says. */
export interface LieStatus {
  readonly boot: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** Changed frames since a moment, across restarts: each start of the replica counts from 0. */
export class LieCount {
  readonly #lie: Lie;
  readonly #before: LieStatus | null;
  readonly #byBoot = new Map<number, number>();

  /** @param before what it had said last; null = nothing yet */
  constructor(lie: Lie, before: LieStatus | null) {
    this.#lie = lie;
    this.#before = before;
  }

  see(status: LieStatus): void {
    const earlier = status.boot === this.#before?.boot ? this.#acts(this.#before) : 0;
    this.#byBoot.set(status.boot, this.#acts(status) - earlier);
  }

  get frames(): number {
    return [...this.#byBoot.values()].reduce((total, frames) => total + frames, 0);
  }

  /** Null as long as nothing was changed. */
  get proof(): Attestation | null {
    const { replica, behaviour } = this.#lie;
    if (this.frames === 0) return null;
    const what = `${replica}: ${behaviour}: ${this.frames} frames left otherwise than honest`;
    return { outcome: "installed", evidence: [what] };
  }

  #acts({ counters }: LieStatus): number {
    return counters[`byzantine.${this.#lie.behaviour}`] ?? 0;
  }
}

export function changedNothing({ replica, behaviour }: Lie): Attestation {
  const what = `${replica}: ${behaviour} was switched on, and changed no message`;
  return { outcome: "ineffective", evidence: [what] };
}
