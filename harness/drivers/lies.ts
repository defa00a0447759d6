/**
 * Did a liar lie, and does it no more? Its executable counts every frame that left otherwise than
 * the honest core sent it; a behaviour that changed none was without effect, and one that changes
 * more after its end was not switched off. It is asked as long as the fault lasts: a liar needs an
 * occasion. One rule for every world.
 */
import type { ProcessState } from "../../faults/link-state.ts";
import { type Attestation, processKept, proven, STILL_PERIODS } from "./attestation.ts";

export interface Lie {
  readonly replica: string;
  readonly behaviour: string;
}

/** What the replica's own status says. */
export interface LieStatus {
  readonly boot: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** What is known at a look. */
export interface LieSeen {
  /** Null while it says nothing. */
  readonly status: LieStatus | null;
  /** Another active fault has the replica lie in the same way. */
  readonly shared: boolean;
}

export class LieWatch {
  readonly #lie: Lie;
  #count: LieCount;
  #shared = false;
  #proof: Attestation | null = null;

  /** @param before what it had said last; null = nothing yet */
  constructor(lie: Lie, before: LieStatus | null) {
    this.#lie = lie;
    this.#count = new LieCount(lie, before);
  }

  /** Null as long as nothing was changed that is this fault's own doing. */
  look({ status, shared }: LieSeen): Attestation | null {
    this.#shared = shared;
    this.#proof ??= this.#lookAgain({ status, shared });
    return this.#proof;
  }

  #lookAgain({ status, shared }: LieSeen): Attestation | null {
    if (shared) this.#count = new LieCount(this.#lie, status);
    else if (status !== null) this.#count.see(status);
    return this.#count.proof;
  }

  /** At its end, where nothing was proven. */
  doubt(process: "running" | "paused" | "down"): Attestation {
    const { replica, behaviour } = this.#lie;
    if (this.#shared) {
      const what = `${replica}: another fault has it do ${behaviour} as well`;
      return { outcome: "indeterminate", evidence: [what] };
    }
    if (process === "running") return changedNothing(this.#lie);
    return { outcome: "indeterminate", evidence: [`${replica}: ${behaviour}: it is ${process}`] };
  }
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
    const earlier = status.boot === this.#before?.boot ? actsOf(this.#lie, this.#before) : 0;
    this.#byBoot.set(status.boot, actsOf(this.#lie, status) - earlier);
  }

  get frames(): number {
    return [...this.#byBoot.values()].reduce((total, frames) => total + frames, 0);
  }

  /** Null as long as nothing was changed. */
  get proof(): Attestation | null {
    const { replica, behaviour } = this.#lie;
    if (this.frames === 0) return null;
    return proven(`${replica}: ${behaviour}: ${this.frames} frames left otherwise than honest`);
  }
}

export function changedNothing({ replica, behaviour }: Lie): Attestation {
  const what =
    `${replica}: ${behaviour} was switched on, and changed no message ` +
    "(`list behaviours` says when it lies at all)";
  return { outcome: "ineffective", evidence: [what] };
}

/** What is known at a look after the end. */
export interface HonestySeen extends LieSeen {
  readonly atMs: number;
  /** What all other faults ask of its process. */
  readonly process: ProcessState;
}

/** Asked again and again after the heal: what a liar counts has to stand still. */
export class HonestyWatch {
  readonly #lie: Lie;
  readonly #stillMs: number;
  /** The last count, and since when it has been that. */
  #count: { readonly boot: number; readonly acts: number; readonly sinceMs: number } | null = null;

  /** @param periodMs how often it is asked */
  constructor(lie: Lie, periodMs: number) {
    this.#lie = lie;
    this.#stillMs = STILL_PERIODS * periodMs;
  }

  /** Null until it can be told. */
  look({ status, shared, process, atMs }: HonestySeen): Attestation | null {
    const { replica, behaviour } = this.#lie;
    if (shared) {
      const why = "another fault has it do that as well, so the end of this one cannot be seen";
      return { outcome: "partial", evidence: [`${replica}: ${behaviour}: ${why}`] };
    }
    const kept = processKept(replica, process);
    if (kept) return kept;
    if (status === null) return null;
    const count = { boot: status.boot, acts: actsOf(this.#lie, status), sinceMs: atMs };
    const last = this.#count;
    // What was under way at the heal may still be counted.
    if (last === null || last.boot !== count.boot || last.acts !== count.acts) this.#count = count;
    else if (atMs - last.sinceMs >= this.#stillMs) {
      const ms = Math.round(atMs - last.sinceMs);
      const still = `its count has stood still at ${count.acts} frames for ${ms} ms`;
      return proven(`${replica}: ${behaviour} was switched off: ${still}`);
    }
    return null;
  }

  /** When nobody looks any more, and nothing was proven. */
  doubt(): Attestation {
    const { replica, behaviour } = this.#lie;
    const count = this.#count;
    if (count === null) {
      const what = `${replica}: ${behaviour}: nobody could say whether it goes on`;
      return { outcome: "indeterminate", evidence: [what] };
    }
    const what = `${replica}: ${behaviour} was switched off, and its count grew on to ${count.acts}`;
    return { outcome: "ineffective", evidence: [what] };
  }
}

function actsOf(lie: Lie, { counters }: LieStatus): number {
  return counters[counterOf(lie)] ?? 0;
}

function counterOf({ behaviour }: Lie): string {
  return `byzantine.${behaviour}`;
}
