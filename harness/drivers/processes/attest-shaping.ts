/** Proof of what slows or breaks a link without cutting it: delay, bandwidth, trickle, cut-off. */
import {
  SHAPING_KINDS,
  SHAPINGS,
  type ShapingKind,
  type ShapingSign,
} from "../../../faults/link-condition.ts";
import { type LinkShaping, linkName, type OpenLink } from "../../../faults/link-state.ts";
import { type Attestation, proven } from "../attestation.ts";
import { type Share, shapingSigns } from "../own-effect.ts";
import type { Ground } from "./ground.ts";
import { beatSentAfter, countersSince, type LinkQuestion } from "./link-evidence.ts";

/**
 * Of a promised delay at least this share must show: the proxy's clock and ours are not in step.
 */
const SHARE = 0.8;
/** A beat on the wire (`nodes/runtime/wire.md`), the smallest frame there is. */
const BEAT_BYTES = 21;

type Proof = (question: LinkQuestion, share: Share, ground: Ground) => Attestation | null;

const PROOFS: { readonly [Sign in ShapingSign]: Proof } = {
  lateness: delaySeen,
  throughput: bandwidthSeen,
  closing: cutoffSeen,
};

/** Null as long as nothing has been seen of what this fault adds to the others. */
export function shapingSeen(
  question: LinkQuestion,
  share: Share,
  ground: Ground,
): Attestation | null {
  for (const sign of shapingSigns(share)) {
    const seen = PROOFS[sign](question, share, ground);
    if (seen !== null) return seen;
  }
  return null;
}

/** Where a beat takes longer than all others together can make it. */
interface AddedDelay {
  /** What is asked for. */
  readonly leastMs: number;
  /** What must be measured. */
  readonly enoughMs: number;
}

function addedDelay({ all, others }: Share): AddedDelay | null {
  if (all.kind !== "open" || others.kind !== "open") return null;
  const leastMs = leastDelayMs(all);
  const withoutMs = leastDelayMs(others) + 2 * (others.delay?.jitterMs ?? 0);
  if (leastMs <= withoutMs) return null;
  return { leastMs, enoughMs: withoutMs + (leastMs - withoutMs) * SHARE };
}

/** How long a beat must take at least, by all that slows this link. */
function leastDelayMs(state: OpenLink): number {
  return SHAPING_KINDS.reduce((totalMs, kind) => totalMs + leastOf(kind, state), 0);
}

function leastOf<Kind extends ShapingKind>(kind: Kind, state: LinkShaping): number {
  const shaping = state[kind];
  return shaping === null ? 0 : SHAPINGS[kind].leastMs(shaping, BEAT_BYTES);
}

function delaySeen(question: LinkQuestion, share: Share, ground: Ground): Attestation | null {
  const added = addedDelay(share);
  if (added === null) return null;
  const { leastMs, enoughMs } = added;
  const times = oneWayTimes(question, ground);
  const [fastest] = times.toSorted((a, b) => a - b);
  // Two beats at least: one may have been under way when the fault came.
  if (times.length < 2 || fastest === undefined || fastest < enoughMs) return null;
  return proven(
    `${linkName(question.from, question.to)}: ${times.length} beats took ${fastest.toFixed(1)} ms or more one way ` +
      `(asked for: at least ${leastMs.toFixed(1)} ms)`,
  );
}

function bandwidthSeen(question: LinkQuestion, { all }: Share, ground: Ground): Attestation | null {
  if (all.kind !== "open" || all.bandwidth === null) return null;
  const { kilobytesPerSecond } = all.bandwidth;
  const { from, to, sinceNs } = question;
  const told = countersSince(ground, { of: from, peer: to, sinceNs });
  const heard = countersSince(ground, { of: to, peer: from, sinceNs });
  const offered = rate(told.map(({ sentBytes, seen }) => ({ bytes: sentBytes, atNs: seen.atNs })));
  const passed = rate(
    heard.map(({ receivedBytes, seen }) => ({ bytes: receivedBytes, atNs: seen.atNs })),
  );
  if (offered === null || passed === null || offered <= kilobytesPerSecond) return null;
  if (passed > kilobytesPerSecond * 1.15) return null;
  return proven(
    `${linkName(from, to)}: ${passed.toFixed(1)} KB/s arrived of ${offered.toFixed(1)} KB/s offered ` +
      `(limit ${kilobytesPerSecond} KB/s)`,
  );
}

function cutoffSeen(question: LinkQuestion, _share: Share, ground: Ground): Attestation | null {
  const { from, to, sinceNs } = question;
  const dialler = countersSince(ground, { of: from, peer: to, sinceNs });
  const listener = countersSince(ground, { of: to, peer: from, sinceNs });
  const grown = (list: readonly { connects: number }[]) =>
    (list.at(-1)?.connects ?? 0) - (list[0]?.connects ?? 0);
  const reconnects = Math.max(grown(dialler), grown(listener));
  if (reconnects < 1) return null;
  return proven(
    `${linkName(from, to)}: the connection was closed and made anew ${reconnects} times`,
  );
}

/** Nothing measured that proves it: what contradicts it, or the proxy's word. */
export function shapingUnproven(question: LinkQuestion, share: Share, ground: Ground): Attestation {
  const name = linkName(question.from, question.to);
  const times = oneWayTimes(question, ground);
  const added = addedDelay(share);
  if (added !== null) {
    const fast = times.filter((time) => time < added.enoughMs);
    if (fast.length === 0) {
      return {
        outcome: "indeterminate",
        evidence: [`${name}: no two beats arrived while it lasted`],
      };
    }
    const what = `${fast.length} of ${times.length} beats took less than ${added.enoughMs.toFixed(1)} ms one way`;
    return { outcome: "ineffective", evidence: [`${name}: ${what}`] };
  }
  return {
    outcome: "partial",
    evidence: [`${name}: too little to be felt; the proxy says ${question.readBack}`],
  };
}

/** One-way times of distinct beats that were sent after the change. */
function oneWayTimes(question: LinkQuestion, ground: Ground): readonly number[] {
  const { from, to, sinceNs } = question;
  const sentBefore = beatSentAfter(question, ground);
  if (sentBefore === null) return [];
  const byBeat = new Map<number, number>();
  for (const { beatReceived, oneWayMs } of countersSince(ground, { of: to, peer: from, sinceNs })) {
    if (beatReceived > sentBefore && oneWayMs !== null) byBeat.set(beatReceived, oneWayMs);
  }
  return [...byBeat.values()];
}

/** Kilobytes a second over all points; null if they span less than half a second. */
function rate(points: readonly { bytes: number; atNs: bigint }[]): number | null {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return null;
  const seconds = Number(last.atNs - first.atNs) / 1e9;
  return seconds < 0.5 ? null : (last.bytes - first.bytes) / 1000 / seconds;
}
