import { sleep } from "../clock.ts";
import type { Litter } from "../litter.ts";

export interface SweepOptions {
  /** For how long nothing of the run was seen when it counts as gone. */
  readonly calmMs?: number;
  readonly deadlineMs?: number;
}

/**
 * Removes until nothing of the run was seen for `calmMs`: a harness that is killed between fork and
 * exec leaves a child that does not carry the mark yet, and an engine ends the request it has.
 * @returns what was removed, one line each
 */
export async function sweepRun(
  runId: string,
  litters: readonly Litter[],
  { calmMs = 300, deadlineMs = 10_000 }: SweepOptions = {},
): Promise<readonly string[]> {
  const removed = new Set<string>();
  const until = Date.now() + deadlineMs;
  let cleanSince = Date.now();
  while (Date.now() - cleanSince < calmMs && Date.now() < until) {
    const found = (await Promise.all(litters.map((litter) => litter.remove(runId)))).flat();
    for (const line of found) removed.add(line);
    if (found.length > 0) cleanSince = Date.now();
    await sleep(50);
  }
  return [...removed];
}
