import { monotonicMs, sleep } from "../clock.ts";
import type { Litter } from "../litter.ts";

export interface SweepOptions {
  /** For how long nothing of the run was seen when it counts as gone. */
  readonly calmMs?: number;
  readonly deadlineMs?: number;
}

/**
 * Removes until nothing of the run was seen for `calmMs`: a harness that is killed between fork and
 * exec leaves a child that does not carry the mark yet, and an engine ends the request it has. What
 * cannot be removed, or not be looked at, is tried again until the deadline.
 * @returns what was removed, one line each
 * @throws what was in the way of the last try
 */
export async function sweepRun(
  runId: string,
  litters: readonly Litter[],
  { calmMs = 300, deadlineMs = 10_000 }: SweepOptions = {},
): Promise<readonly string[]> {
  const removed = new Set<string>();
  const until = monotonicMs() + deadlineMs;
  let cleanSince = monotonicMs();
  for (;;) {
    const tries = await Promise.allSettled(litters.map((litter) => tryOnce(runId, litter)));
    const sights = tries.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    for (const line of sights.flatMap((sight) => sight.removed)) removed.add(line);
    const isClean = sights.length === litters.length && sights.every(({ isThere }) => !isThere);
    if (!isClean) cleanSince = monotonicMs();
    else if (monotonicMs() - cleanSince >= calmMs) return [...removed];
    if (monotonicMs() >= until) {
      for (const each of tries) if (each.status === "rejected") throw each.reason;
      return [...removed];
    }
    await sleep(50);
  }
}

interface Sight {
  readonly removed: readonly string[];
  /** Something of the run was seen. */
  readonly isThere: boolean;
}

async function tryOnce(runId: string, litter: Litter): Promise<Sight> {
  const removed = await litter.remove(runId);
  const isThere = removed.length > 0 || (await litter.residueOf(runId)).length > 0;
  return { removed, isThere };
}
