/** Numbers as people read them; a missing one is a dash. */

const MISSING = "–";

/** About three significant figures; seconds from one second on. */
export function milliseconds(value: number | null): string {
  if (value === null) return MISSING;
  const size = Math.abs(value);
  if (size >= 1000) return `${trim(value / 1000, size >= 10_000 ? 1 : 2)} s`;
  if (size >= 100) return `${Math.round(value)} ms`;
  return `${trim(value, size >= 10 ? 1 : 2)} ms`;
}

/** Where something lies on the run's clock. */
export function seconds(ms: number | null): string {
  return ms === null ? MISSING : `${(ms / 1000).toFixed(2)} s`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function perSecond(value: number): string {
  return `${trim(value, 1)}/s`;
}

export function percentage(fraction: number): string {
  return `${trim(fraction * 100, 1)}%`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
