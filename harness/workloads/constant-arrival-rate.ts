import { z } from "zod";
import { ratePerSecond } from "../../faults/units.ts";
import { assert } from "../../nodes/protocols/assert.ts";
import type { Clients } from "./clients.ts";
import type { WorkloadExecutor } from "./executor.ts";
import type { GeneratorInput, Issue, WorkloadGenerator } from "./generator.ts";

const RATE_MAX = 100_000;
const DEFAULT_RATE = 200;

const schema = z.strictObject({
  rate: ratePerSecond
    .refine((perSecond) => perSecond > 0 && perSecond <= RATE_MAX, {
      error: `a rate above 0 and ${RATE_MAX}/s at most: 200/s`,
    })
    .optional()
    .describe("arrivals a second"),
});

export const constantArrivalRate: WorkloadExecutor<typeof schema> = {
  name: "constant-arrival-rate",
  summary: "arrivals that wait for no answer",
  schema,
  offered: ({ rate = DEFAULT_RATE }) => ({ ratePerSecond: rate, operationsMax: null }),
  create: ({ ratePerSecond }, clients) => new OpenLoop(ratePerSecond, clients),
};

/** Arrivals do not wait for answers: k-th at start + k/rate, then FIFO until a client is free. */
class OpenLoop implements WorkloadGenerator {
  readonly #intervalMs: number;
  readonly #clients: Clients;
  /** Start of the current stretch of load; null while stopped. */
  #sinceMs: number | null = null;
  #stopped = false;
  /** Arrivals of this stretch so far, and how many of them were issued. */
  #arrived = 0;
  #issued = 0;
  /** Dropped at earlier stops. */
  #dropped = 0;

  constructor(ratePerSecond: number, clients: Clients) {
    assert(ratePerSecond > 0, `an open loop needs a rate above 0, not ${ratePerSecond}`);
    this.#intervalMs = 1_000 / ratePerSecond;
    this.#clients = clients;
  }

  step(input: GeneratorInput, nowMs: number): readonly Issue[] {
    if (input.kind === "completed") this.#clients.complete(input.client, input.result);
    if (input.kind === "start" && this.#sinceMs === null) this.#begin(nowMs);
    if (this.#sinceMs === null) return [];
    const isLast = input.kind === "stop";
    // The stretch has its first moment, and not its last.
    const isThere = (atMs: number) => (isLast ? atMs < nowMs : atMs <= nowMs);
    while (isThere(this.#intendedMs(this.#arrived))) this.#arrived += 1;
    const issues = this.#serve();
    // What arrived before the stop but found no client is dropped, not sent after it.
    if (isLast) this.#end();
    return issues;
  }

  nextWakeMs(): number | null {
    return this.#sinceMs === null ? null : this.#intendedMs(this.#arrived);
  }

  get shed(): number {
    return this.#dropped + this.#arrived - this.#issued;
  }

  get idle(): boolean {
    return this.#stopped && this.#clients.idle;
  }

  #begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#stopped = false;
    this.#arrived = 0;
    this.#issued = 0;
  }

  #end(): void {
    this.#dropped = this.shed;
    this.#issued = this.#arrived;
    this.#sinceMs = null;
    this.#stopped = true;
  }

  #serve(): readonly Issue[] {
    const issues: Issue[] = [];
    while (this.#issued < this.#arrived && this.#clients.free) {
      issues.push(this.#clients.issue(this.#intendedMs(this.#issued)));
      this.#issued += 1;
    }
    return issues;
  }

  #intendedMs(arrival: number): number {
    return (this.#sinceMs ?? 0) + arrival * this.#intervalMs;
  }
}
