/** The only place under `nodes/` that touches the machine's timers and clock. */

/** Nanoseconds on the monotonic clock that all processes of one host share. */
export function hostClockNs(): bigint {
  return process.hrtime.bigint();
}

/** The same clock in milliseconds: what a core is given as `now`. */
export function hostClockMs(): number {
  return BEGAN_MS + performance.now();
}

/** The same clock in the same moments, read without a big integer for each. */
const BEGAN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds since the process began: for how long something took, without an allocation. */
export function stopwatchMs(): number {
  return performance.now();
}

/** @returns cancels it */
export function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** @returns stops it */
export function every(ms: number, action: () => void): () => void {
  const timer = setInterval(action, ms);
  return () => clearInterval(timer);
}

/** Runs once all input that is ready now has been read: the end of a tick. */
export function atEndOfTick(action: () => void): void {
  setImmediate(action);
}

/**
 * Runs once the caller's turn is over, before anything else is read or written: a slice of frames,
 * or one timer, is answered without a round through the event loop. What goes on by itself must use
 * `atEndOfTick`, or nothing else has its turn.
 */
export function atEndOfTurn(action: () => void): void {
  queueMicrotask(action);
}
