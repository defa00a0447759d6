/** Was a process really killed, stopped, brought back? From where it runs and its own answers. */
import type { Endpoint } from "../../../faults/fault.ts";
import type { ProcessState } from "../../../faults/link-state.ts";
import { type Attestation, type Part, processKept, proven } from "../attestation.ts";
import { Obstacles } from "../obstacles.ts";
import { isPointless, processCover } from "../own-effect.ts";
import { type Ground, observe } from "./ground.ts";
import type { ProcessLook } from "./platform.ts";

export interface ProcessQuestion {
  readonly entry: string;
  readonly replica: Endpoint;
  /** What this fault alone asks for. */
  readonly wanted: ProcessState;
  /** Aborted when the fault is about to be healed. */
  readonly signal: AbortSignal;
  readonly durationMs: number;
}

/** Where another fault has the process down, it is asked again once that one is healed. */
export async function attestProcess(question: ProcessQuestion, ground: Ground): Promise<Part> {
  const { entry, replica, wanted, signal, durationMs } = question;
  const obstacles = new Obstacles();
  let cover: string | null = null;
  const decide = (): true | null => {
    if (signal.aborted || !ground.isSettled(replica)) return null;
    const others = ground.processStateWithout(entry, replica);
    cover = processCover(wanted, others);
    const pointless = isPointless(wanted, ground.processStateBefore(entry, replica));
    obstacles.look({ obstacle: cover, isPointless: pointless, clearMs: 0 });
    return cover === null ? true : null;
  };
  const deadlineMs = durationMs + ground.patienceMs;
  const observation = { endpoints: [replica], deadlineMs, signal, decide };
  if (await observe(ground.sightings, observation)) {
    const seen = await ground.replica(replica)?.look();
    // A look takes time where it has a long way; what came after the heal proves nothing.
    if (seen && !signal.aborted) return looked(question, seen);
  }
  const why = cover ?? "it was healed before anybody could look";
  const open: Attestation = { outcome: "indeterminate", evidence: [`${replica}: ${why}`] };
  return obstacles.part(replica, open, ground.periodMs);
}

function looked({ replica, wanted }: ProcessQuestion, { state, words }: ProcessLook): Attestation {
  const reached = { running: "running", stopped: "paused", gone: "down" } as const;
  const what = `${replica}: ${words}`;
  return reached[state] === (wanted === "power-cut" ? "down" : wanted)
    ? proven(what)
    : { outcome: "ineffective", evidence: [what] };
}

export interface ProcessHeal {
  readonly entry: string;
  readonly replica: Endpoint;
  readonly sinceNs: bigint;
  readonly signal: AbortSignal;
  /** What else was done on the way up (a log cut back), in words. */
  readonly notes: readonly string[];
}

export async function attestHealedProcess(
  { entry, replica, sinceNs, signal, notes }: ProcessHeal,
  ground: Ground,
): Promise<Attestation> {
  const kept = keptBy(entry, replica, ground);
  if (kept) return kept;
  const decide = (): Attestation | null => {
    const [answer] = ground.sightings.since(replica, sinceNs);
    if (!answer) return refusedBy({ entry, replica, notes }, ground);
    const waitedMs = Math.round(Number(answer.atNs - sinceNs) / 1e6);
    const boot = answer.answer
      ? ` (start ${answer.answer.boot}, view ${answer.answer.status.view})`
      : "";
    const up = `${replica}: ${ground.replica(replica)?.title} answers ${waitedMs} ms after${boot}`;
    return { outcome: "installed", evidence: [...notes, up] };
  };
  const observation = { endpoints: [replica], deadlineMs: ground.patienceMs, signal, decide };
  let isStarting: boolean;
  do {
    // Where two faults end at once, the last one has it started: its time begins when that is done.
    isStarting = !ground.isSettled(replica);
    const seen = await observe(ground.sightings, observation);
    if (seen) return seen;
  } while (isStarting && !signal.aborted);
  const later = keptBy(entry, replica, ground);
  if (later) return later;
  if (signal.aborted) {
    return { outcome: "indeterminate", evidence: [`${replica}: the run ended before it answered`] };
  }
  return {
    outcome: "ineffective",
    evidence: [...notes, `${replica}: no answer in ${ground.patienceMs} ms`],
  };
}

function keptBy(entry: string, replica: Endpoint, ground: Ground): Attestation | null {
  return processKept(replica, ground.processStateWithout(entry, replica));
}

/** Nobody keeps it down nor starts it, and down it is: it was started again and would not run. */
function refusedBy(
  { entry, replica, notes }: Pick<ProcessHeal, "entry" | "replica" | "notes">,
  ground: Ground,
): Attestation | null {
  const isDown = ground.processState(replica) === "down";
  if (!isDown || !ground.isSettled(replica) || keptBy(entry, replica, ground)) return null;
  const what = `${replica}: it was started again and ended by itself`;
  return { outcome: "prevented", evidence: [...notes, what] };
}
