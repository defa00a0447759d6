/** Was a process really killed, stopped, brought back? From /proc and from its own answers. */
import type { Endpoint } from "../../../faults/fault.ts";
import type { ProcessState } from "../../../faults/link-state.ts";
import type { Attestation } from "../conduct.ts";
import { type Ground, observe } from "./ground.ts";
import { proven } from "./link-evidence.ts";
import { stateOf } from "./proc.ts";

/** @param expected the computed state: another fault may keep the process further down */
export function attestProcess(
  replica: Endpoint,
  expected: ProcessState,
  ground: Ground,
): Attestation {
  const pid = ground.pidOf(replica);
  const state = pid === null ? null : stateOf(pid);
  if (expected === "running")
    return { outcome: "ineffective", evidence: [`${replica}: still runs`] };
  if (expected === "paused") {
    if (state === "T") return proven(`${replica}: process ${pid} is stopped (state T)`);
    return {
      outcome: "ineffective",
      evidence: [`${replica}: process ${pid} is in state ${state}`],
    };
  }
  if (state === null || state === "Z" || state === "X") {
    return proven(`${replica}: process ${pid} is gone from /proc`);
  }
  return { outcome: "ineffective", evidence: [`${replica}: process ${pid} is in state ${state}`] };
}

export interface ProcessHeal {
  readonly replica: Endpoint;
  readonly sinceNs: bigint;
  readonly signal: AbortSignal;
  /** What else was done on the way up (a log cut back), in words. */
  readonly notes: readonly string[];
}

export async function attestHealedProcess(
  { replica, sinceNs, signal, notes }: ProcessHeal,
  ground: Ground,
): Promise<Attestation> {
  const state = ground.processState(replica);
  if (state !== "running") return proven(`${replica}: another fault keeps it ${state}`);
  const decide = (): Attestation | null => {
    const [answer] = ground.sightings.since(replica, sinceNs);
    if (!answer) return null;
    const waitedMs = Math.round(Number(answer.atNs - sinceNs) / 1e6);
    const boot = answer.answer
      ? ` (start ${answer.answer.boot}, view ${answer.answer.status.view})`
      : "";
    const up = `${replica}: process ${ground.pidOf(replica)} answers ${waitedMs} ms after${boot}`;
    return { outcome: "installed", evidence: [...notes, up] };
  };
  const observation = { endpoints: [replica], deadlineMs: ground.patienceMs, signal, decide };
  const seen = await observe(ground.sightings, observation);
  if (seen) return seen;
  const later = ground.processState(replica);
  if (later !== "running") return proven(`${replica}: another fault made it ${later} since`);
  if (signal.aborted) {
    return { outcome: "indeterminate", evidence: [`${replica}: the run ended before it answered`] };
  }
  return {
    outcome: "ineffective",
    evidence: [...notes, `${replica}: no answer in ${ground.patienceMs} ms`],
  };
}
