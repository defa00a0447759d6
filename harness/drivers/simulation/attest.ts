/**
 * Was a fault really there, and is it really gone? From what the kernel counted at the two ends of
 * each link and from the state of each process, never from what was asked for.
 */
import { type LinkState, linkName, type ProcessState } from "../../../faults/link-state.ts";
import type { Attestation } from "../conduct.ts";
import type { Beats } from "./beats.ts";
import type { Kernel } from "./kernel.ts";
import type { LinkCounters } from "./link.ts";

export interface Ground {
  readonly kernel: Kernel;
  readonly beats: Beats;
  readonly periodMs: number;
  stateOf(endpoint: string): "running" | "paused" | "down";
  /** What all active faults together ask for now. */
  readonly linkState: (from: string, to: string) => LinkState;
}

/** What was counted on a link at some moment. */
export interface LinkMark {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
  readonly beatsSent: number;
  readonly beatsHeard: number;
  readonly counters: Readonly<LinkCounters>;
  readonly state: LinkState;
}

const STILL_PERIODS = 3;

export function markLink({ kernel, beats, linkState }: Ground, from: string, to: string): LinkMark {
  return {
    from,
    to,
    atMs: kernel.now,
    beatsSent: beats.sent(from, to),
    beatsHeard: beats.heard(from, to).count,
    counters: { ...kernel.link(from, to).counters },
    state: linkState(from, to),
  };
}

function installed(what: string): Attestation {
  return { outcome: "installed", evidence: [what] };
}

/** @returns null while it cannot be told yet */
export function attestLink(mark: LinkMark, ground: Ground): Attestation | null {
  const { from, to } = mark;
  const name = linkName(from, to);
  const state = ground.linkState(from, to);
  for (const end of [from, to]) {
    const process = ground.stateOf(end);
    if (process === "running") continue;
    return installed(`${name}: ${end} is ${process}, so no frame can tell; set to ${state.kind}`);
  }
  return state.kind === "open" ? shaped(mark, state, ground) : cut(mark, state.kind, ground);
}

function cut(mark: LinkMark, kind: string, ground: Ground): Attestation | null {
  const { from, to } = mark;
  const { lastArrivalMs } = ground.kernel.link(from, to).counters;
  const sinceMs = Math.max(mark.atMs, lastArrivalMs);
  const stillMs = Math.round(ground.kernel.now - sinceMs);
  const sent = Math.min(
    ground.beats.sent(from, to) - mark.beatsSent,
    Math.floor(stillMs / ground.periodMs),
  );
  if (stillMs < STILL_PERIODS * ground.periodMs || sent < STILL_PERIODS - 1) return null;
  return installed(
    `${linkName(from, to)}: ${kind}: ${to} received nothing for ${stillMs} ms, in which ${from} sent at least ${sent} beats`,
  );
}

function shaped(
  { from, to, counters: before }: LinkMark,
  state: Extract<LinkState, { kind: "open" }>,
  { kernel }: Ground,
): Attestation | null {
  const name = linkName(from, to);
  const now = kernel.link(from, to).counters;
  if (state.cutoffBytes !== null) {
    const closed = now.cutOff - before.cutOff;
    if (closed === 0) return null;
    return installed(`${name}: ${closed} connections closed after ${state.cutoffBytes} bytes`);
  }
  const slowed = now.slowed - before.slowed;
  if (slowed === 0) return null;
  const meanMs = (now.slowedMs - before.slowedMs) / slowed;
  return installed(`${name}: ${slowed} frames took ${meanMs.toFixed(1)} ms longer on average`);
}

/** What to say of a fault that ended before anything could be told. */
export function unattested({ from, to, atMs, counters }: LinkMark, ground: Ground): Attestation {
  const now = ground.kernel.link(from, to).counters;
  const lastedMs = Math.round(ground.kernel.now - atMs);
  const frames = `${now.sent - counters.sent} frames sent, ${now.received - counters.received} received`;
  const short = lastedMs < (STILL_PERIODS + 2) * ground.periodMs || now.sent === counters.sent;
  return {
    outcome: short ? "indeterminate" : "ineffective",
    evidence: [`${linkName(from, to)}: in ${lastedMs} ms ${frames}`],
  };
}

export function attestProcess(
  replica: string,
  expected: ProcessState,
  ground: Ground,
): Attestation {
  const state = ground.stateOf(replica);
  const wanted = expected === "power-cut" ? "down" : expected;
  if (state !== wanted || wanted === "running") {
    return { outcome: "ineffective", evidence: [`${replica}: is ${state}`] };
  }
  return installed(`${replica}: the process is ${state}`);
}

/** @param before marked at the injection; @param healed marked at the heal */
export function attestHealedLink(
  { before, healed }: { readonly before: LinkMark; readonly healed: LinkMark },
  ground: Ground,
): Attestation | null {
  const { from, to } = healed;
  const name = linkName(from, to);
  const now = ground.linkState(from, to);
  if (now.kind !== "open") return installed(`${name}: another fault keeps it at ${now.kind}`);
  for (const end of [from, to]) {
    const process = ground.stateOf(end);
    if (process !== "running") return installed(`${name}: ${end} is ${process}`);
  }
  const heard = ground.beats.heard(from, to);
  if (heard.lastNumber <= healed.beatsSent) return null;
  const lost = heard.lastNumber - before.beatsSent - (heard.count - before.beatsHeard);
  const what =
    `${name}: a beat sent after the heal arrived ${Math.round(ground.kernel.now - healed.atMs)} ms after it, ` +
    `one way ${(heard.oneWayMs ?? 0).toFixed(1)} ms; ${Math.max(0, lost)} beats never arrived`;
  return installed(what);
}
