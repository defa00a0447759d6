/** Was a replica really held back by its quota? From what the kernel counts, look by look. */
import { QUOTA_PERIOD_MS } from "../../../faults/cpu-quota.ts";
import type { Endpoint } from "../../../faults/fault.ts";
import type { Attestation, Part } from "../attestation.ts";
import { monotonicMs, sleep } from "../clock.ts";
import { ReliefWatch, type Throttle, type ThrottleSeen, ThrottleWatch } from "../throttles.ts";
import type { Ground } from "./ground.ts";

export interface ThrottleQuestion extends Throttle {
  readonly entry: string;
  /** Aborted when the fault is about to be healed. */
  readonly signal: AbortSignal;
}

export async function attestThrottle(
  { entry, replica, share, signal }: ThrottleQuestion,
  ground: Ground,
): Promise<Part> {
  const watch = new ThrottleWatch({ replica, share });
  const look = async () => watch.look(await seen(entry, replica, ground));
  let proof = await look();
  while (proof === null && !signal.aborted) {
    await sleep(ground.periodMs, signal);
    // Once more at its end: a quota that is lifted holds nobody back, so later counts no more.
    proof = await look();
  }
  return proof ?? watch.doubt(ground.periodMs);
}

export interface ReliefQuestion {
  readonly entry: string;
  readonly replica: Endpoint;
  readonly signal: AbortSignal;
}

export async function attestRelief(
  { entry, replica, signal }: ReliefQuestion,
  ground: Ground,
): Promise<Attestation> {
  const watch = new ReliefWatch(replica);
  const untilMs = monotonicMs() + ground.patienceMs;
  while (!signal.aborted && monotonicMs() < untilMs) {
    // Periods of the quota: those that were running at the last look are over.
    await sleep(Math.max(ground.periodMs, 2 * QUOTA_PERIOD_MS), signal);
    const answer = watch.look(await seen(entry, replica, ground));
    if (answer) return answer;
  }
  const what = `${replica}: nobody could say whether its quota is gone`;
  return { outcome: "indeterminate", evidence: [what] };
}

async function seen(entry: string, replica: Endpoint, ground: Ground): Promise<ThrottleSeen> {
  return {
    usage: (await ground.replica(replica)?.usage()) ?? null,
    atMs: monotonicMs(),
    shares: {
      now: ground.shareWithout(entry, replica),
      before: ground.shareBefore(entry, replica),
    },
    process: ground.processStateWithout(entry, replica),
  };
}
