/** Polls of the run made by hand, and the sizes that its bounds are reckoned from. */
import type { StatusSample } from "../../observations/observations.ts";
import { COUNTERS } from "../liveness/peer-counters.fixture.ts";
import { MS, type Run } from "../run.fixture.ts";

const SIZES = { REPLY: 100, "PRE-PREPARE": 200, PREPARE: 100, COMMIT: 100 };

/** With the sizes of messages, as every plan of today has them. */
export function sized(run: Run): void {
  const sizes = { ...SIZES, "VIEW-CHANGE": 1_000, "NEW-VIEW": 2_000 };
  const load = { betweenReplicas: 0, requests: 0, replies: 0 };
  const messages = { sizes, load, viewChangeVerifications: 40 };
  run.plan.cluster = { ...run.plan.cluster, messages };
}

export interface FixtureSample extends Partial<Omit<StatusSample, "status" | "time">> {
  readonly rejected?: Readonly<Record<string, number>>;
  readonly counters?: Readonly<Record<string, number>>;
  readonly stable?: number;
  readonly lastExec?: number;
  readonly view?: number;
  readonly active?: boolean;
}

/** Replica 1 answers. */
export function polled(run: Run, at: number, given: FixtureSample = {}): void {
  const { rejected = {}, counters = {}, stable = 6, lastExec = 7, ...others } = given;
  const { view = 0, active = true, ...rest } = others;
  const status = { view, active, lastExec, stable, rejected, counters };
  run.samples.push({ time: at * MS, replica: 1, up: true, status, ...rest });
}

/** How many frames replica 1 has dropped that it had for replica 2. */
export function dropped(run: Run, at: number, frames: number): void {
  const peers = { r0: COUNTERS, r2: { ...COUNTERS, dropped: frames }, r3: COUNTERS };
  polled(run, at, { peers });
}
