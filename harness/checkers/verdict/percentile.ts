/** Nearest rank; null of nothing. */
export function percentile(ascendingValues: readonly number[], fraction: number): number | null {
  const rank = Math.max(1, Math.ceil(fraction * ascendingValues.length));
  return ascendingValues[rank - 1] ?? null;
}
