/** No time-out is doubled beyond this, however long nothing worked (protocols §10.1). */
export const TIMEOUT_MS_MAX = 64_000;

/** `base * 2^doublings`, up to the cap; a longer base stays as it was configured. */
export function backedOffMs(baseMs: number, doublings: number): number {
  return Math.max(baseMs, Math.min(baseMs * 2 ** doublings, TIMEOUT_MS_MAX));
}
