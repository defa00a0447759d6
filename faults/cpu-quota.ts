/**
 * What a CPU quota is, in every world: within each period a process may run for its share of one
 * CPU, and then stands still until the next period begins.
 */

/** The kernel's own default, and that of every engine of containers. */
export const QUOTA_PERIOD_MS = 100;

/** The kernel takes no quota below a millisecond a period. */
export const SHARE_MIN = 0.01;

/** How long a process that uses its share up at once waits for the next period. */
export function standstillMs(share: number): number {
  return (1 - share) * QUOTA_PERIOD_MS;
}
