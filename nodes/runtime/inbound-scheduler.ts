/**
 * Whose frame is looked at next. Every proven peer has a share of its own in each slice of work,
 * counted in signature verifications and bytes, and so have all strangers together. What a frame
 * costs beyond the share is a debt that is paid in the slices after: however much one peer sends,
 * the others are served. Between two slices timers, sockets and the status page have their turn.
 *
 * Where nobody else waits a peer could still take all the time, which the other processes of the
 * host may need. So work that came to nothing has an allowance: no more of it, beyond a burst, than
 * what one of the others causes on average. A correct replica's votes stay below that by
 * themselves, and what lets the protocol go on is never held back.
 */
import * as hostTimers from "./timers.ts";
import { WORK, type WorkMeter } from "./work-meter.ts";

/** Of one line in one slice: about a millisecond. */
const SHARE = 8 * WORK.verification;
/** Work that came to nothing: what may come at once, and what is allowed in any case. */
const ALLOWANCE_MAX = 128 * WORK.verification;
const ALLOWANCE_PER_MS = WORK.verification / 4;
/** A VIEW-CHANGE may cost a thousand verifications, and a NEW-VIEW be next: no long rest. */
const ALLOWANCE_MIN = -16 * WORK.verification;
/** A line that has used up its allowance rests so long. */
const REST_MS = 2;

/** Where the frames of one peer wait. */
export interface Line {
  /** Its work has an allowance. Not for clients: a request comes to something later. */
  readonly hasAllowance: boolean;
  /** Looks at one frame. @returns false if there is none */
  serve(): boolean;
}

/** In whose time it works: that of the machine, or a virtual one. */
export type SchedulerClock = Pick<typeof hostTimers, "after" | "atEndOfTick" | "hostClockMs">;

export interface SchedulerOptions {
  /** What is done while a line is served is charged to it. */
  readonly meter: WorkMeter;
  /** Among how many what others cause is averaged. */
  readonly peers: number;
  /** While true nothing is looked at; `resume` must be called when it is false again. */
  readonly isCongested: () => boolean;
  readonly clock?: SchedulerClock;
}

interface Account {
  /** What is left of its shares; negative is a debt. */
  credit: number;
  allowance: number;
  /** All work that was done when it was served last. */
  doneBefore: number;
  /** When the last slice began in which it was served. */
  servedMs: number;
}

export class InboundScheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: SchedulerClock;
  /** Lines in which something may wait. */
  readonly #waiting = new Set<Line>();
  /** Lines that have used up their allowance. */
  readonly #resting = new Set<Line>();
  readonly #accounts = new WeakMap<Line, Account>();
  #isScheduled = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? hostTimers;
  }

  /** Something has come in this line. */
  readable(line: Line): void {
    if (this.#resting.has(line)) return;
    this.#waiting.add(line);
    this.resume();
  }

  resume(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    this.#clock.atEndOfTick(() => {
      this.#isScheduled = false;
      this.#slice();
      if (!this.#options.isCongested()) this.resume();
    });
  }

  #slice(): void {
    const nowMs = this.#clock.hostClockMs();
    let isIdle = true;
    // Where all who wait are in debt, nobody else needs the time in which it would be paid.
    while (isIdle && this.#waiting.size > 0 && !this.#options.isCongested()) {
      for (const line of this.#waiting) if (this.#serve(line, nowMs)) isIdle = false;
    }
  }

  /** @returns false if the line has used up its share before and goes on waiting */
  #serve(line: Line, nowMs: number): boolean {
    const { meter, isCongested } = this.#options;
    const account = this.#accountOf(line, nowMs);
    if (account.credit <= 0) return false;
    while (account.credit > 0 && !isCongested()) {
      if (line.hasAllowance && account.allowance <= 0) {
        this.#rest(line);
        break;
      }
      const { done, progress } = meter;
      if (!line.serve()) {
        this.#waiting.delete(line);
        break;
      }
      meter.count(WORK.frame);
      const cost = meter.done - done;
      account.credit -= cost;
      if (meter.progress === progress) {
        account.allowance = Math.max(ALLOWANCE_MIN, account.allowance - cost);
      }
    }
    account.doneBefore = meter.done;
    return true;
  }

  /** With the share of this slice, and what the work of others since the last one allows. */
  #accountOf(line: Line, nowMs: number): Account {
    const { meter, peers } = this.#options;
    const known = this.#accounts.get(line);
    const account = known ?? {
      credit: 0,
      allowance: ALLOWANCE_MAX,
      doneBefore: meter.done,
      servedMs: nowMs,
    };
    if (known === undefined) this.#accounts.set(line, account);
    const ofOthers = (meter.done - account.doneBefore) / peers;
    const ofTime = (nowMs - account.servedMs) * ALLOWANCE_PER_MS;
    account.doneBefore = meter.done;
    account.servedMs = nowMs;
    account.allowance = Math.min(ALLOWANCE_MAX, account.allowance + ofOthers + ofTime);
    account.credit = Math.min(SHARE, account.credit + SHARE);
    return account;
  }

  #rest(line: Line): void {
    this.#waiting.delete(line);
    this.#resting.add(line);
    this.#clock.after(REST_MS, () => {
      this.#resting.delete(line);
      this.readable(line);
    });
  }
}
