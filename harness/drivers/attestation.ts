/**
 * What can be said of a fault, and in which words: one rule for every world. Each world says what
 * it saw at the two ends of a link and of each process; what that proves is decided here.
 */
import type { AttestationOutcome, Endpoint } from "../../faults/fault.ts";
import { type LinkState, linkName, type ProcessState } from "../../faults/link-state.ts";

export interface Attestation {
  readonly outcome: AttestationOutcome;
  readonly evidence: readonly string[];
}

/** Of one link, process or lie. What is left out says nothing while others say something. */
export interface Part extends Attestation {
  readonly isLeftOut?: true;
}

/** One directed link. */
export interface LinkEnds {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export function proven(line: string): Attestation {
  return { outcome: "installed", evidence: [line] };
}

/**
 * All proven = proven; some without effect = partial; otherwise as doubtful as the most doubtful
 * one. Where another fault has made it pointless it is left out, unless that is everywhere. The
 * evidence of what is not proven comes first.
 */
export function merge(parts: readonly Part[]): Attestation {
  if (parts.length === 0) return { outcome: "skipped", evidence: ["the fault touched nothing"] };
  const [known, open] = [parts.filter(isProven), parts.filter((part) => !isProven(part))];
  const evidence = [...open, ...known].flatMap((part) => part.evidence);
  const judged = parts.filter((part) => !isLeftOut(part));
  if (judged.length === 0) {
    const never = parts.every(({ outcome }) => outcome === "skipped");
    return { outcome: never ? "skipped" : "indeterminate", evidence };
  }
  const has = (outcome: AttestationOutcome) => judged.some((part) => part.outcome === outcome);
  if (has("ineffective")) {
    const some = has("installed") || has("partial");
    return { outcome: some ? "partial" : "ineffective", evidence };
  }
  if (has("indeterminate")) return { outcome: "indeterminate", evidence };
  return { outcome: has("partial") ? "partial" : "installed", evidence };
}

function isLeftOut({ outcome, isLeftOut: left }: Part): boolean {
  return outcome === "skipped" || left === true;
}

function isProven({ outcome }: Attestation): boolean {
  return outcome === "installed";
}

/** How long something has to stand still before that is more than a pause. */
export const STILL_PERIODS = 3;

/** How long nothing arrived, and what was sent meanwhile. */
export interface Stillness {
  readonly kind: LinkState["kind"];
  readonly stillMs: number;
  readonly beatsSent: number;
}

/**
 * A cut: nothing heard for three periods while the sender's beats go on. A sender that says nothing
 * proves no cut; two beats at least fall into three periods. Null while it may still show.
 */
export function cutSeen(
  { from, to }: LinkEnds,
  { kind, stillMs, beatsSent }: Stillness,
  periodMs: number,
): Attestation | null {
  if (stillMs < STILL_PERIODS * periodMs || beatsSent < STILL_PERIODS - 1) return null;
  const ms = Math.round(stillMs);
  const sent = `in which ${from} sent at least ${beatsSent} beats`;
  return proven(`${linkName(from, to)}: ${kind}: ${to} received nothing for ${ms} ms, ${sent}`);
}

/** What lasts no longer than this may end before a cut can be told from a pause. */
export function tooShortMs(periodMs: number): number {
  return (STILL_PERIODS + 2) * periodMs;
}

/**
 * Link evidence is impossible while an end is stopped or dead; that it is so proves the fault that
 * did that, not this one.
 * @param rest what else is known of the link, in words
 */
export function unseen({ from, to }: LinkEnds, why: string, rest: string): Attestation {
  const what = `${linkName(from, to)}: ${why}, so no frame can tell; ${rest}`;
  return { outcome: "partial", evidence: [what] };
}

export function hidden({ from, to }: LinkEnds, cover: string): Attestation {
  return { outcome: "indeterminate", evidence: [`${linkName(from, to)}: ${cover}`] };
}

/** The first beat that was sent after a heal, at the other end. */
export interface BeatHeard {
  readonly afterMs: number;
  readonly oneWayMs: number | null;
  /** Numbers missing between the fault and now; null where nobody can count them. */
  readonly lost: number | null;
}

export function passesAgain({ from, to }: LinkEnds, heard: BeatHeard): string {
  const { afterMs, oneWayMs, lost } = heard;
  const passed = `a beat sent after the heal was seen after ${Math.round(afterMs)} ms`;
  const oneWay = oneWayMs === null ? "" : `, one way ${oneWayMs.toFixed(1)} ms`;
  const loss = lost === null ? "" : `; ${lost} beats never arrived`;
  return `${linkName(from, to)}: ${passed}${oneWay}${loss}`;
}

/** Null if the link is open, so that the end of a cut can be seen. */
export function linkKept({ from, to }: LinkEnds, now: LinkState, rest: string): Attestation | null {
  if (now.kind === "open") return null;
  const why = `another fault keeps it at ${now.kind}, so the end of this one cannot be seen`;
  return { outcome: "partial", evidence: [`${linkName(from, to)}: ${why}${rest}`] };
}

/** Its end is not seen while another fault is at it; null if none is. */
export function processKept(replica: Endpoint, others: ProcessState): Attestation | null {
  if (others === "running") return null;
  const why = `another fault keeps it ${others}, so the end of this one cannot be seen`;
  return { outcome: "partial", evidence: [`${replica}: ${why}`] };
}
