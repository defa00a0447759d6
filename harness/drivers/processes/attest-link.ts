/**
 * Was a link really cut, slowed, healed? From the counters at its two ends (DESIGN 5): every
 * dialled connection carries numbered beats with the sender's clock, so what passed, what was lost
 * and how long it took is known without asking the proxy.
 */
import type { LinkState } from "../../../faults/link-state.ts";
import { linkName } from "../../../faults/link-state.ts";
import type { Attestation } from "../conductor.ts";
import { isSameState, linkCover, type Share } from "../own-effect.ts";
import { shapingSeen, shapingUnproven } from "./attest-shaping.ts";
import { type Ground, observe } from "./ground.ts";
import {
  beatSentAfter,
  countersSince,
  type LinkQuestion,
  proven,
  type SeenCounters,
} from "./link-evidence.ts";

export interface HealQuestion extends LinkQuestion {
  readonly was: LinkState;
  /** Why the proxy was made anew (what it held is lost then), or null. */
  readonly recreatedBecause: string | null;
  /** What the receiver had counted when the fault came; undefined if it did not answer then. */
  readonly before: SeenCounters | undefined;
}

const STILL_PERIODS = 3;

/** What can be told of one fault's part in the state of a link, and from when. */
interface View extends Share {
  readonly sinceNs: bigint;
  /** Which of the ends cannot be asked. */
  readonly blind: string | null;
  readonly cover: string | null;
}

/** As long as it lasts: what hides it may be over before it is. */
export async function attestLink(question: LinkQuestion, ground: Ground): Promise<Attestation> {
  const { from, to, signal, durationMs } = question;
  let view = viewOf(question, ground);
  const decide = (): Attestation | null => {
    // From then on this fault is no longer part of what is asked for.
    if (signal.aborted) return null;
    view = viewOf(question, ground);
    if (view.blind !== null || view.cover !== null) return null;
    const since = { ...question, sinceNs: view.sinceNs };
    return view.all.kind === "open"
      ? shapingSeen(since, view, ground)
      : standsStill(since, view.all.kind, ground);
  };
  const deadlineMs = durationMs + ground.patienceMs;
  const observation = { endpoints: [from, to], deadlineMs, signal, decide };
  const seen = await observe(ground.sightings, observation);
  if (seen) return seen;
  if (view.blind !== null) return unseen(question, view.blind, view.all);
  if (view.cover !== null) {
    return { outcome: "indeterminate", evidence: [`${linkName(from, to)}: ${view.cover}`] };
  }
  const since = { ...question, sinceNs: view.sinceNs };
  return view.all.kind === "open"
    ? shapingUnproven(since, view, ground)
    : stillFlowing(since, ground);
}

function viewOf({ entry, from, to, sinceNs }: LinkQuestion, ground: Ground): View {
  const share = {
    all: ground.linkState(from, to),
    others: ground.linkStateWithout(entry, from, to),
  };
  const settledNs = ground.settledNs(from, to);
  return {
    ...share,
    sinceNs: settledNs > sinceNs ? settledNs : sinceNs,
    blind: blindEnd({ from, to }, ground),
    cover: linkCover(share),
  };
}

export async function attestHealedLink(
  question: HealQuestion,
  ground: Ground,
): Promise<Attestation> {
  const { from, to, was, signal } = question;
  const name = linkName(from, to);
  const now = ground.linkState(from, to);
  if (now.kind !== "open") {
    const why = `another fault keeps it at ${now.kind}, so the end of this one cannot be seen`;
    return {
      outcome: "partial",
      evidence: [`${name}: ${why}; the proxy says ${question.readBack}`],
    };
  }
  const blind = blindEnd(question, ground);
  if (blind) return unseen(question, blind, now);
  const deadlineMs = ground.patienceMs + now.latencyMs;
  const decide = () => passesAgain(question, ground);
  const seen = await observe(ground.sightings, {
    endpoints: [from, to],
    deadlineMs,
    signal,
    decide,
  });
  if (seen) return seen;
  const later = disturbed(question, now, ground);
  if (later) return unseen(question, later, now);
  if (signal.aborted) {
    return {
      outcome: "indeterminate",
      evidence: [`${name}: the run ended before a frame was seen`],
    };
  }
  return {
    outcome: "ineffective",
    evidence: [
      `${name}: no frame sent after the heal (it was ${was.kind}) arrived in ${deadlineMs} ms`,
    ],
  };
}

/**
 * The receiver hears nothing for three periods while both ends answer and the sender's beats go on
 * (they are counted whether or not a connection takes them).
 */
function standsStill(question: LinkQuestion, kind: string, ground: Ground): Attestation | null {
  const { from, to, sinceNs } = question;
  const heard = countersSince(ground, { of: to, peer: from, sinceNs });
  const told = countersSince(ground, { of: from, peer: to, sinceNs });
  const last = heard.at(-1);
  const lastTold = told.at(-1);
  if (!last || !lastTold) return null;
  const [first = last] = heard.filter((counters) => counters.received === last.received);
  const stillMs = Number(last.seen.askedNs - first.seen.atNs) / 1e6;
  if (stillMs < STILL_PERIODS * ground.periodMs) return null;
  const reference = told.find(({ seen }) => seen.askedNs >= first.seen.askedNs) ?? lastTold;
  const sent = lastTold.beatSent - reference.beatSent;
  // A sender that says nothing proves no cut; two beats at least fall into three periods.
  if (sent < STILL_PERIODS - 1) return null;
  return proven(
    `${linkName(from, to)}: ${kind}: ${to} received nothing for ${Math.round(stillMs)} ms, ` +
      `in which ${from} sent ${sent} beats`,
  );
}

function stillFlowing(question: LinkQuestion, ground: Ground): Attestation {
  const { from, to, sinceNs, signal } = question;
  const heard = countersSince(ground, { of: to, peer: from, sinceNs });
  const [first] = heard;
  const last = heard.at(-1);
  const spanMs = first && last ? Number(last.seen.atNs - first.seen.atNs) / 1e6 : 0;
  const received = first && last ? last.received - first.received : 0;
  const what = `${linkName(from, to)}: ${to} received ${received} frames in ${Math.round(spanMs)} ms`;
  if (signal.aborted && spanMs < (STILL_PERIODS + 2) * ground.periodMs) {
    return {
      outcome: "indeterminate",
      evidence: [
        `${what}; the fault ended before ${STILL_PERIODS} periods of ${ground.periodMs} ms`,
      ],
    };
  }
  return {
    outcome: received > 0 ? "ineffective" : "indeterminate",
    evidence: [`${what}; the proxy says ${question.readBack}`],
  };
}

function passesAgain(question: HealQuestion, ground: Ground): Attestation | null {
  const { from, to, sinceNs, was, recreatedBecause } = question;
  const sentBefore = beatSentAfter(question, ground);
  const last = countersSince(ground, { of: to, peer: from, sinceNs }).at(-1);
  if (sentBefore === null || !last || last.beatReceived <= sentBefore) return null;
  const now = ground.linkState(from, to);
  const delayed = was.kind === "open" && was.latencyMs > 0 ? was.latencyMs : 0;
  const remaining = now.kind === "open" ? now.latencyMs : 0;
  const oneWayMs = last.oneWayMs ?? 0;
  // A beat may still come out of the queue of the removed delay: the next one is asked.
  if (delayed > 0 && oneWayMs > remaining + Math.max(5, (delayed - remaining) / 2)) return null;
  const waitedMs = Math.round(Number(last.seen.atNs - sinceNs) / 1e6);
  const passed = `${linkName(from, to)}: a beat sent after the heal was seen after ${waitedMs} ms`;
  const oneWay = last.oneWayMs === null ? "" : `, one way ${last.oneWayMs.toFixed(1)} ms`;
  const recreated = recreatedBecause === null ? "" : `; healed-by-recreate: ${recreatedBecause}`;
  const lost = lostBeats(question, last);
  const loss = lost === null ? "" : `; ${lost} beats never arrived`;
  const evidence = [`${passed}${oneWay}${recreated}${loss}`];
  // The same connection delivers in order: what was held must be there before what came after.
  const broken = was.kind === "hold" && recreatedBecause === null && (lost ?? 0) > 0;
  return { outcome: broken ? "partial" : "installed", evidence };
}

/** Numbers missing between the fault and now; null where the counts are not of one connection. */
function lostBeats({ before, was }: HealQuestion, last: SeenCounters): number | null {
  if (!before || (was.kind !== "hold" && was.kind !== "drop")) return null;
  const sameProcess = before.seen.answer?.boot === last.seen.answer?.boot;
  // The sender's restart sets both counts back to 0.
  if (!sameProcess || last.beatReceived < before.beatReceived) return null;
  const sent = last.beatReceived - before.beatReceived;
  const lost = sent - (last.beatsReceived - before.beatsReceived);
  return was.kind === "hold" && last.connects !== before.connects ? null : lost;
}

/** Why nothing can be seen on this link now; null if both ends run. */
function blindEnd({ from, to }: Pick<LinkQuestion, "from" | "to">, ground: Ground): string | null {
  for (const end of [from, to]) {
    const state = ground.processState(end);
    if (state !== "running") return `${end} is ${state}`;
  }
  return null;
}

/** What has made the ends useless as witnesses since a heal; null if they are good ones. */
function disturbed(question: LinkQuestion, then: LinkState, ground: Ground): string | null {
  const blind = blindEnd(question, ground);
  if (blind) return blind;
  const now = ground.linkState(question.from, question.to);
  if (isSameState(now, then)) return null;
  return `another fault has changed it to ${now.kind === "open" ? "other shaping" : now.kind} since`;
}

/**
 * Link evidence is impossible while an end is stopped or dead; that it is so proves the fault that
 * did that, not this one. What is left is the proxy's own word.
 */
function unseen({ from, to, readBack }: LinkQuestion, why: string, state: LinkState): Attestation {
  const what = `${why}, so no frame can tell; the proxy says ${readBack} (asked for: ${state.kind})`;
  return { outcome: "partial", evidence: [`${linkName(from, to)}: ${what}`] };
}
