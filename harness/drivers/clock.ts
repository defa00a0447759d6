/** Real time for the drivers of real clusters: the only place of them that sets a timer. */
import { setTimeout as delay } from "node:timers/promises";
import { DriverError } from "./driver.ts";

/** CLOCK_MONOTONIC, which all processes of this host share. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint();
}

export function monotonicMs(): number {
  return Number(monotonicNs()) / 1e6;
}

/** Resolves early, without an error, when `signal` aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await delay(Math.max(0, ms), undefined, signal ? { signal } : {}).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

export interface Wait {
  /** Finishes the sentence "gave up waiting for ...". */
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
}

/** What a probe found: the answer, or what it saw instead (shown when the deadline passes). */
export type Probe<T> = { readonly found: T } | { readonly saw: string };

/**
 * Asks until the answer is there.
 * @throws {DriverError} TIMEOUT, naming what was last seen
 */
export async function waitFor<T>(
  probe: () => Probe<T> | Promise<Probe<T>>,
  { what, deadlineMs, everyMs = 20 }: Wait,
): Promise<T> {
  const until = monotonicMs() + deadlineMs;
  for (;;) {
    const answer = await probe();
    if ("found" in answer) return answer.found;
    if (monotonicMs() >= until) {
      throw new DriverError(
        "TIMEOUT",
        `gave up waiting for ${what} after ${deadlineMs} ms; last seen: ${answer.saw}`,
      );
    }
    await sleep(everyMs);
  }
}

/**
 * The answer of `work`, or a DriverError TIMEOUT after `deadlineMs`. The work itself goes on: only
 * for calls that cannot be cancelled.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  { what, deadlineMs }: Pick<Wait, "what" | "deadlineMs">,
): Promise<T> {
  const cancel = new AbortController();
  const late = sleep(deadlineMs, cancel.signal).then(() => {
    throw new DriverError("TIMEOUT", `gave up waiting for ${what} after ${deadlineMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    cancel.abort();
  }
}
