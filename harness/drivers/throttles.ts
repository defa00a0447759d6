/**
 * Was a replica really held back by its CPU quota, and is it no more? From what the kernel counts
 * for it, not from the quota that was set: one that is never used up changes nothing. One rule for
 * every world.
 */
import type { ProcessState } from "../../faults/link-state.ts";
import { WHOLE_CPU } from "../../faults/link-state.ts";
import { type Attestation, type Part, processKept, proven, tooShortMs } from "./attestation.ts";
import { Obstacles } from "./obstacles.ts";
import { processCover } from "./own-effect.ts";

export interface Throttle {
  readonly replica: string;
  /** Of one CPU. */
  readonly share: number;
}

/** What the kernel says of the CPU of one replica; counted from its start. */
export interface CpuUsage {
  /** The quota as it reads back, in shares of one CPU; null = none. */
  readonly quota: number | null;
  readonly usedMs: number;
  /** How long it had used its quota up and had to wait. */
  readonly heldMs: number;
}

/** What all others leave it: those that are active, those that began before. */
interface Others<State> {
  readonly now: State;
  readonly before: State;
}

export interface ThrottleSeen {
  readonly atMs: number;
  /** Null while nobody can say. */
  readonly usage: CpuUsage | null;
  readonly shares: Others<number>;
  /** What all others ask of its process. */
  readonly process: ProcessState;
}

/** Less is nothing that a message would notice. */
const HELD_MS_MIN = 1;

/** A time in which nothing else explains what is seen, and what was counted at its two ends. */
interface Stretch {
  readonly from: Count;
  readonly to: Count;
}

interface Count {
  readonly atMs: number;
  readonly usage: CpuUsage;
}

/** Remembers its proof: a replica that dies afterwards has been held back all the same. */
export class ThrottleWatch {
  readonly #throttle: Throttle;
  readonly #obstacles = new Obstacles();
  /** The present one, if something can be seen now. */
  #stretch: Stretch | null = null;
  /** What there is to say if nothing is proven, also when its end came from elsewhere. */
  #longest: Stretch | null = null;
  #proof: Attestation | null = null;

  constructor(throttle: Throttle) {
    this.#throttle = throttle;
  }

  /** Null as long as nothing held it back that is this fault's own doing. */
  look(seen: ThrottleSeen): Attestation | null {
    this.#proof ??= this.#lookAgain(seen);
    return this.#proof;
  }

  #lookAgain(seen: ThrottleSeen): Attestation | null {
    const blind = processCover("paused", seen.process);
    const obstacle = this.#cover(seen) ?? blind;
    this.#stretch = obstacle === null ? this.#stretchTo(seen) : null;
    const clearMs = lengthMs(this.#stretch);
    // Whichever began first: nothing holds back what does not run.
    const isPointless = blind !== null || seen.shares.before <= this.#throttle.share;
    this.#obstacles.look({ obstacle, isPointless, clearMs });
    if (this.#stretch === null) return null;
    if (clearMs >= lengthMs(this.#longest)) this.#longest = this.#stretch;
    return this.#heldIn(this.#stretch);
  }

  /** At its end, where nothing was proven. */
  doubt(periodMs: number): Part {
    const { replica } = this.#throttle;
    return this.#obstacles.part(replica, this.#open(periodMs), periodMs);
  }

  #cover({ shares }: ThrottleSeen): string | null {
    if (shares.now > this.#throttle.share) return null;
    return `another fault leaves it ${percentText(shares.now)} of a CPU`;
  }

  #stretchTo({ atMs, usage }: ThrottleSeen): Stretch | null {
    if (usage === null) return null;
    const count = { atMs, usage };
    const known = this.#stretch;
    // A process that was started again may count from 0.
    if (known === null || usage.heldMs < known.to.usage.heldMs) return { from: count, to: count };
    return { from: known.from, to: count };
  }

  #heldIn({ from, to }: Stretch): Attestation | null {
    const heldMs = to.usage.heldMs - from.usage.heldMs;
    if (heldMs < HELD_MS_MIN) return null;
    const { replica, share } = this.#throttle;
    const what = `held back for ${Math.round(heldMs)} ms so far at ${percentText(share)} of a CPU`;
    return proven(`${replica}: ${what}`);
  }

  #open(periodMs: number): Attestation {
    const { replica, share } = this.#throttle;
    if (this.#longest === null) {
      const what = `${replica}: nobody could say what its quota did`;
      return { outcome: "indeterminate", evidence: [what] };
    }
    const { from, to } = this.#longest;
    const lastedMs = lengthMs(this.#longest);
    const usedMs = Math.round(to.usage.usedMs - from.usage.usedMs);
    const what =
      `${replica}: at ${percentText(share)} of a CPU it was never held back: ` +
      `it used ${usedMs} ms in ${Math.round(lastedMs)} ms`;
    const outcome = lastedMs < tooShortMs(periodMs) ? "indeterminate" : "ineffective";
    return { outcome, evidence: [what] };
  }
}

function lengthMs(stretch: Stretch | null): number {
  return stretch === null ? 0 : stretch.to.atMs - stretch.from.atMs;
}

/** Asked twice after the heal: what still holds it back then is not gone. */
export class ReliefWatch {
  readonly #replica: string;
  #first: CpuUsage | null = null;

  constructor(replica: string) {
    this.#replica = replica;
  }

  /** Null until it can be told. */
  look({ usage, shares, process }: ThrottleSeen): Attestation | null {
    const kept = shareKept(this.#replica, shares.now) ?? processKept(this.#replica, process);
    if (kept) return kept;
    if (usage === null) return null;
    if (usage.quota !== null) {
      const what = `${this.#replica}: its quota still reads ${percentText(usage.quota)} of a CPU`;
      return { outcome: "ineffective", evidence: [what] };
    }
    const first = this.#first;
    this.#first = usage;
    if (first === null) return null;
    const heldMs = usage.heldMs - first.heldMs;
    if (heldMs > 0) {
      const what = `${this.#replica}: held back for ${Math.round(heldMs)} ms after the heal`;
      return { outcome: "ineffective", evidence: [what] };
    }
    return proven(`${this.#replica}: no quota, and not held back since`);
  }
}

function shareKept(replica: string, share: number): Attestation | null {
  if (share === WHOLE_CPU) return null;
  const why = `another fault leaves it ${percentText(share)} of a CPU`;
  const evidence = [`${replica}: ${why}, so the end of this one cannot be seen`];
  return { outcome: "partial", evidence };
}

function percentText(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
