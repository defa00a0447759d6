import { WHOLE_CPU } from "../../../faults/link-state.ts";
import type { CpuUsage } from "../throttles.ts";
import type { EventQueue } from "./event-queue.ts";

/**
 * What one step of a core costs, about: a signature verified, and its frame read. Only a throttled
 * replica pays it; all others take no time at all (harness §7.4).
 */
const STEP_MS = 0.25;

export interface CpuWorld {
  readonly queue: EventQueue;
  now(): number;
}

/**
 * The CPU of one process. With a whole one work is done at once; with a share of it each piece
 * takes its time, and those behind it wait in line.
 */
export class Cpu {
  readonly #world: CpuWorld;
  #share = WHOLE_CPU;
  #waiting: (() => void)[] = [];
  /** Of the piece that is being done; an older event finds that it is not meant any more. */
  #turn: object | null = null;
  #usedMs = 0;
  #heldMs = 0;

  constructor(world: CpuWorld) {
    this.#world = world;
  }

  get usage(): CpuUsage {
    const quota = this.#share < WHOLE_CPU ? this.#share : null;
    return { quota, usedMs: this.#usedMs, heldMs: this.#heldMs };
  }

  do(work: () => void): void {
    if (this.#share === WHOLE_CPU && this.#turn === null) {
      work();
      return;
    }
    this.#waiting.push(work);
    if (this.#turn === null) this.#next();
  }

  /** What waits is taken up at the new pace. */
  limit(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    if (this.#turn !== null) this.#next();
  }

  /** The process is gone, and with it what it had not done yet. */
  clear(): void {
    this.#waiting = [];
    this.#turn = null;
  }

  #next(): void {
    const turn = {};
    this.#turn = turn;
    const takesMs = this.#share < WHOLE_CPU ? STEP_MS / this.#share : 0;
    this.#world.queue.add(this.#world.now() + takesMs, () => {
      if (this.#turn !== turn) return;
      if (takesMs > 0) {
        this.#usedMs += STEP_MS;
        this.#heldMs += takesMs - STEP_MS;
      }
      const work = this.#waiting.shift();
      if (this.#waiting.length > 0) this.#next();
      else this.#turn = null;
      work?.();
    });
  }
}
