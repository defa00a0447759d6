import { setTimeout as wait } from "node:timers/promises";

interface Deadline {
  readonly withinMs: number;
  /** Between two looks. */
  readonly everyMs: number;
}

/**
 * Looks until there is something to see.
 * @returns what `look` returned first that is not null, or null when the time is up
 */
export async function until<Seen>(
  look: () => Promise<Seen | null>,
  { withinMs, everyMs }: Deadline,
): Promise<Seen | null> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() >= deadline) return null;
    await wait(everyMs);
  }
}
