/**
 * Virtual time, and whose turn it is. Whatever a process does happens in one turn of it: a timer, a
 * piece of a stream, an fsync that has ended; promises are followed to their end before the next.
 */
import { setImmediate } from "node:timers/promises";
import { EventQueue } from "../simulation/event-queue.ts";
import type { Random } from "../simulation/random.ts";

interface Turning {
  turn(action: () => void): void;
}

/** A turn of the loop takes so long. */
const TURN_MS = 0.01;
/** Of one instant; more is a loop that never ends. */
const TURNS_MAX = 1_000_000;

export class World {
  readonly random: Random;
  readonly #events = new EventQueue();
  #nowMs = 1_000;
  #isStirred = false;
  #turns = 0;

  constructor(random: Random) {
    this.random = random;
  }

  get turns(): number {
    return this.#turns;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** @param process whose turn it will be, if it still runs by then; null: nobody's */
  after(ms: number, process: Turning | null, action: () => void): void {
    this.#events.add(this.#nowMs + ms, () => {
      if (process === null) action();
      else process.turn(action);
    });
  }

  /** At the end of this turn. */
  soon(process: Turning | null, action: () => void): void {
    this.after(TURN_MS, process, action);
  }

  /** Somebody may wait for a promise of what has just happened. */
  stir(): void {
    this.#isStirred = true;
  }

  /** @param until ends it early */
  async run(forMs: number, until: () => boolean = () => false): Promise<void> {
    const endMs = this.#nowMs + forMs;
    await setImmediate();
    while (this.#events.nextTime <= endMs && !until()) {
      const event = this.#events.take();
      if (event === undefined) break;
      this.#turns += 1;
      if (this.#turns > TURNS_MAX) throw new Error("this world never comes to rest");
      this.#nowMs = event.time;
      event.run();
      if (!this.#isStirred) continue;
      this.#isStirred = false;
      await setImmediate();
    }
    if (!until()) this.#nowMs = endMs;
  }
}
