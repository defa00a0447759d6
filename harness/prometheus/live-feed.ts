/**
 * Follows a run while it takes place: reads what has been added to its run store, and sends what it
 * comes to. When the run is over the rest is sent from the whole record, so what a Prometheus holds
 * in the end is what the OpenMetrics file says, whenever it was sent.
 */
import { readAdded, type TailedFile } from "../observations/tailed-file.ts";
import type { Plan } from "../plan/plan.ts";
import type { Point } from "./point.ts";
import type { Delivery } from "./remote-write.ts";
import { type RunIdentity, type RunLine, RunPlayback } from "./run-playback.ts";

/** So late may a line be written, and still be sent with its own time. */
const LAG_MS = 1_000;
/** What waits for a receiver that is away; beyond it the oldest is lost. */
const WAITING_MAX = 200_000;

export interface LiveFeedOptions {
  readonly run: RunIdentity;
  readonly plan: Plan;
  readonly zeroAtMs: number;
  readonly files: Readonly<Record<RunLine["of"], TailedFile>>;
  readonly send: (points: readonly Point[]) => Promise<Delivery>;
}

export interface Sent {
  readonly sent: number;
  readonly lost: number;
  readonly why: string | null;
}

export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #playback: RunPlayback;
  readonly #lines: RunLine[] = [];
  #waiting: Point[] = [];
  /** Everything up to here has been taken over into `#waiting`. */
  #doneMs = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | null = null;
  #sent = 0;
  #lost = 0;
  #why: string | null = null;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    const { run, plan, zeroAtMs } = options;
    const emit = (points: readonly Point[]) => this.#take(points);
    this.#playback = new RunPlayback({ run, plan, zeroAtMs, emit });
  }

  /** As often as one likes. @param nowMs on the clock of the wall */
  tick(nowMs: number): void {
    const untilNs = (nowMs - LAG_MS - this.#options.zeroAtMs) * 1e6;
    const { history, ledger, metrics } = this.#options.files;
    this.#lines.push(
      ...readAdded(history).map((line) => ({ of: "history", line }) as RunLine),
      ...readAdded(ledger).map((line) => ({ of: "ledger", line }) as RunLine),
      ...readAdded(metrics).map((line) => ({ of: "metrics", line }) as RunLine),
    );
    this.#lines.sort((a, b) => a.line.time - b.line.time);
    const end = this.#lines.findIndex(({ line }) => line.time > untilNs);
    const due = this.#lines.splice(0, end < 0 ? this.#lines.length : end);
    for (const line of due) this.#playback.feed(line);
    this.#sending ??= this.#sendWaiting();
  }

  /**
   * @param recorded points of the whole run; what has been sent of them is not sent again
   * @param judged what nobody could know before
   */
  async end(recorded: readonly Point[], judged: readonly Point[]): Promise<Sent> {
    await this.#sending;
    const done = this.#doneMs;
    const rest = recorded.filter(({ atMs }) => atMs > done);
    // Not pushed: they may be more than a call takes arguments.
    this.#waiting = [...this.#waiting, ...rest, ...judged];
    await this.#sendWaiting();
    const lost = this.#lost + this.#waiting.length;
    return { sent: this.#sent, lost, why: lost === 0 ? null : this.#why };
  }

  #take(points: readonly Point[]): void {
    this.#waiting.push(...points);
    for (const { atMs } of points) this.#doneMs = Math.max(this.#doneMs, atMs);
    const over = this.#waiting.length - WAITING_MAX;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#lost += over;
  }

  async #sendWaiting(): Promise<void> {
    const points = this.#waiting;
    this.#waiting = [];
    const { sent, refused, left, why } = await this.#options.send(points);
    this.#sent += sent;
    this.#lost += refused;
    this.#why = why ?? this.#why;
    this.#waiting = [...left, ...this.#waiting];
    this.#sending = null;
  }
}
