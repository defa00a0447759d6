import { WHOLE_CPU } from "../../../faults/link-state.ts";
import type { CpuUsage } from "../throttles.ts";
import type { EventQueue } from "./event-queue.ts";

export interface CpuWorld {
  readonly queue: EventQueue;
  now(): number;
  /** A piece of work is done, and the time it took has passed. */
  ended(): void;
}

type Work = () => void;

/** The piece that is being done; an older event finds that it is not meant any more. */
interface Turn {
  /** Of a whole CPU. */
  readonly leftMs: number;
  readonly sinceMs: number;
}

/**
 * The CPU of one process: one piece of work after the other. What a piece costs it says itself
 * while it is done, and only when that time has passed is the next one begun.
 */
export class Cpu {
  readonly #world: CpuWorld;
  #share = WHOLE_CPU;
  #isStopped = false;
  /** An event loop looks at its timers before it reads its sockets, and then reads. */
  #timers: Work[] = [];
  #waiting: Work[] = [];
  #wasTimer = false;
  #turn: Turn | null = null;
  #spentMs = 0;
  #usedMs = 0;
  #heldMs = 0;

  constructor(world: CpuWorld) {
    this.#world = world;
  }

  get usage(): CpuUsage {
    const quota = this.isThrottled ? this.#share : null;
    return { quota, usedMs: this.#usedMs, heldMs: this.#heldMs };
  }

  get isThrottled(): boolean {
    return this.#share < WHOLE_CPU;
  }

  do(work: Work): void {
    this.#waiting.push(work);
    this.#next();
  }

  /** Before all other work that waits. */
  doSoon(work: Work): void {
    this.#timers.push(work);
    this.#next();
  }

  /** To be called by a piece of work that is being done. */
  spend(ms: number): void {
    this.#spentMs += ms;
  }

  /** What is being done and what waits goes on at the new pace. */
  limit(share: number): void {
    if (share === this.#share) return;
    this.#settle();
    this.#share = share;
    this.#goOn();
  }

  /** Nothing is done until `go`. */
  stop(): void {
    this.#settle();
    this.#isStopped = true;
  }

  go(): void {
    this.#isStopped = false;
    this.#goOn();
    this.#world.queue.add(this.#world.now(), () => this.#next());
  }

  /** The process is gone, and with it what it had not done yet. */
  clear(): void {
    this.#waiting = [];
    this.#timers = [];
    this.#turn = null;
    this.#isStopped = false;
  }

  #next(): void {
    while (this.#turn === null && !this.#isStopped) {
      const work = this.#nextWork();
      if (work === undefined) return;
      this.#begin(work);
    }
  }

  #nextWork(): Work | undefined {
    this.#wasTimer = this.#timers.length > 0 && !(this.#wasTimer && this.#waiting.length > 0);
    return this.#wasTimer ? this.#timers.shift() : this.#waiting.shift();
  }

  #begin(work: Work): void {
    const turn = { leftMs: 0, sinceMs: this.#world.now() };
    this.#turn = turn;
    this.#spentMs = 0;
    work();
    // It has ended the process.
    if (this.#turn !== turn) return;
    if (this.#spentMs === 0) {
      this.#end();
      return;
    }
    this.#pace({ leftMs: this.#spentMs, sinceMs: turn.sinceMs });
  }

  #end(): void {
    this.#turn = null;
    this.#world.ended();
  }

  /** What was done of the piece so far. */
  #settle(): void {
    const turn = this.#turn;
    if (turn === null || this.#isStopped) return;
    const nowMs = this.#world.now();
    const lastedMs = nowMs - turn.sinceMs;
    const doneMs = Math.min(turn.leftMs, lastedMs * this.#share);
    this.#usedMs += doneMs;
    this.#heldMs += lastedMs - doneMs;
    this.#turn = { leftMs: turn.leftMs - doneMs, sinceMs: nowMs };
  }

  #goOn(): void {
    if (this.#turn === null || this.#isStopped) return;
    this.#pace({ leftMs: this.#turn.leftMs, sinceMs: this.#world.now() });
  }

  #pace(turn: Turn): void {
    this.#turn = turn;
    if (this.#isStopped) return;
    this.#world.queue.add(turn.sinceMs + turn.leftMs / this.#share, () => {
      if (this.#turn !== turn) return;
      this.#settle();
      this.#end();
      this.#next();
    });
  }
}
