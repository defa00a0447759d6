/**
 * Was a link really cut, slowed, healed? From the counters at its two ends (faults §4.3): every
 * dialled connection carries numbered beats with the sender's clock, so what passed, what was lost
 * and how long it took is known without asking the proxy.
 */
import { CUTS } from "../../../faults/link-condition.ts";
import type { LinkState } from "../../../faults/link-state.ts";
import { latencyOf, linkName } from "../../../faults/link-state.ts";
import {
  type Attestation,
  cutSeen,
  hidden,
  type LinkEnds,
  linkKept,
  type Part,
  passesAgain,
  tooShortMs,
  unseen,
} from "../attestation.ts";
import { Obstacles } from "../obstacles.ts";
import { isSameState, linkCover, type Share } from "../own-effect.ts";
import { shapingSeen, shapingUnproven } from "./attest-shaping.ts";
import { type Ground, observe } from "./ground.ts";
import {
  beatSentAfter,
  countersSince,
  type LinkQuestion,
  type SeenCounters,
} from "./link-evidence.ts";

export interface HealQuestion extends LinkQuestion {
  readonly was: LinkState;
  /** Why the proxy was made anew (what it held is lost then), or null. */
  readonly recreatedBecause: string | null;
  /** What the receiver had counted when the fault came; undefined if it did not answer then. */
  readonly before: SeenCounters | undefined;
}

/** What can be told of one fault's part in the state of a link, and from when. */
interface View extends Share {
  readonly sinceNs: bigint;
  /** Which of the ends cannot be asked. */
  readonly blind: string | null;
  readonly cover: string | null;
}

/** As long as it lasts: what hides it may be over before it is. */
export async function attestLink(question: LinkQuestion, ground: Ground): Promise<Part> {
  const { from, to, signal, durationMs } = question;
  const obstacles = new Obstacles();
  let view = viewOf(question, ground);
  const decide = (): Attestation | null => {
    // From then on this fault is no longer part of what is asked for.
    if (signal.aborted) return null;
    view = viewOf(question, ground);
    const obstacle = view.blind ?? view.cover;
    const isPointless = view.blind !== null || isCoveredBefore(question, view, ground);
    const clearMs = clearForMs(question, view.sinceNs, ground);
    obstacles.look({ obstacle, isPointless, clearMs });
    if (obstacle !== null) return null;
    const since = { ...question, sinceNs: view.sinceNs };
    return view.all.kind === "open"
      ? shapingSeen(since, view, ground)
      : standsStill(since, view.all.kind, ground);
  };
  const deadlineMs = durationMs + ground.patienceMs;
  const observation = { endpoints: [from, to], deadlineMs, signal, decide };
  const seen = await observe(ground.sightings, observation);
  return seen ?? obstacles.part(linkName(from, to), doubt(question, view, ground), ground.periodMs);
}

function doubt(question: LinkQuestion, view: View, ground: Ground): Attestation {
  if (view.blind !== null) return unseen(question, view.blind, proxySays(question, view.all));
  if (view.cover !== null) return hidden(question, view.cover);
  const since = { ...question, sinceNs: view.sinceNs };
  return view.all.kind === "open"
    ? shapingUnproven(since, view, ground)
    : stillFlowing(since, ground);
}

/** By those that began before it. */
function isCoveredBefore(
  { entry, from, to }: LinkQuestion,
  { all }: View,
  ground: Ground,
): boolean {
  return linkCover({ all, others: ground.linkStateBefore(entry, from, to) }) !== null;
}

/** For how long the receiver has been asked under the present state of the link and its ends. */
function clearForMs({ to }: LinkQuestion, sinceNs: bigint, { sightings }: Ground): number {
  const last = sightings.since(to, sinceNs).at(-1);
  return last === undefined ? 0 : Number(last.atNs - sinceNs) / 1e6;
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
  const kept = linkKept(question, now, `; the proxy says ${question.readBack}`);
  if (kept) return kept;
  const blind = blindEnd(question, ground);
  if (blind) return unseen(question, blind, proxySays(question, now));
  const deadlineMs = ground.patienceMs + latencyOf(now);
  const decide = () => beatHeard(question, ground);
  const seen = await observe(ground.sightings, {
    endpoints: [from, to],
    deadlineMs,
    signal,
    decide,
  });
  if (seen) return seen;
  const later = disturbed(question, now, ground);
  if (later) return unseen(question, later, proxySays(question, now));
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

/** The sender's beats are counted whether or not a connection takes them. */
function standsStill(
  question: LinkQuestion,
  kind: LinkState["kind"],
  ground: Ground,
): Attestation | null {
  const { from, to, sinceNs } = question;
  const heard = countersSince(ground, { of: to, peer: from, sinceNs });
  const told = countersSince(ground, { of: from, peer: to, sinceNs });
  const last = heard.at(-1);
  const lastTold = told.at(-1);
  if (!last || !lastTold) return null;
  const [first = last] = heard.filter((counters) => counters.received === last.received);
  const stillMs = Number(last.seen.askedNs - first.seen.atNs) / 1e6;
  const reference = told.find(({ seen }) => seen.askedNs >= first.seen.askedNs) ?? lastTold;
  const beatsSent = lastTold.beatSent - reference.beatSent;
  return cutSeen(question, { kind, stillMs, beatsSent }, ground.periodMs);
}

function stillFlowing(question: LinkQuestion, ground: Ground): Attestation {
  const { from, to, sinceNs, signal } = question;
  const heard = countersSince(ground, { of: to, peer: from, sinceNs });
  const [first] = heard;
  const last = heard.at(-1);
  const spanMs = first && last ? Number(last.seen.atNs - first.seen.atNs) / 1e6 : 0;
  const received = first && last ? last.received - first.received : 0;
  const what = `${linkName(from, to)}: ${to} received ${received} frames in ${Math.round(spanMs)} ms`;
  if (signal.aborted && spanMs < tooShortMs(ground.periodMs)) {
    const why = `the fault ended before it could show at a period of ${ground.periodMs} ms`;
    return { outcome: "indeterminate", evidence: [`${what}; ${why}`] };
  }
  return {
    outcome: received > 0 ? "ineffective" : "indeterminate",
    evidence: [`${what}; the proxy says ${question.readBack}`],
  };
}

function beatHeard(question: HealQuestion, ground: Ground): Attestation | null {
  const { from, to, sinceNs, was, recreatedBecause } = question;
  const sentBefore = beatSentAfter(question, ground);
  const last = countersSince(ground, { of: to, peer: from, sinceNs }).at(-1);
  if (sentBefore === null || !last || last.beatReceived <= sentBefore) return null;
  const now = ground.linkState(from, to);
  const delayed = latencyOf(was);
  const remaining = latencyOf(now);
  const oneWayMs = last.oneWayMs ?? 0;
  // A beat may still come out of the queue of the removed delay: the next one is asked.
  if (delayed > 0 && oneWayMs > remaining + Math.max(5, (delayed - remaining) / 2)) return null;
  const afterMs = Number(last.seen.atNs - sinceNs) / 1e6;
  const lost = lostBeats(question, last);
  const passed = passesAgain(question, { afterMs, oneWayMs: last.oneWayMs, lost });
  const recreated = recreatedBecause === null ? "" : `; healed-by-recreate: ${recreatedBecause}`;
  const evidence = [`${passed}${recreated}`];
  // The same connection delivers in order: what was held must be there before what came after.
  const held = was.kind !== "open" && CUTS[was.kind].bytes === "held";
  const broken = held && recreatedBecause === null && (lost ?? 0) > 0;
  return { outcome: broken ? "partial" : "installed", evidence };
}

/** Numbers missing between the fault and now; null where the counts are not of one connection. */
function lostBeats({ before, was }: HealQuestion, last: SeenCounters): number | null {
  const bytes = was.kind === "open" ? "unsent" : CUTS[was.kind].bytes;
  if (!before || bytes === "unsent") return null;
  const sameProcess = before.seen.answer?.boot === last.seen.answer?.boot;
  // The sender's restart sets both counts back to 0.
  if (!sameProcess || last.beatReceived < before.beatReceived) return null;
  const sent = last.beatReceived - before.beatReceived;
  const lost = sent - (last.beatsReceived - before.beatsReceived);
  return bytes === "held" && last.connects !== before.connects ? null : lost;
}

/** Why nothing can be seen on this link now; null if both ends run. */
function blindEnd({ from, to }: LinkEnds, ground: Ground): string | null {
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

/** Its own word, which is all that is left where no frame can tell. */
function proxySays({ readBack }: LinkQuestion, asked: LinkState): string {
  return `the proxy says ${readBack} (asked for: ${asked.kind})`;
}
