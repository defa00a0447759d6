/**
 * The choice that a set of VIEW-CHANGEs forces where nothing in them can be proved to others
 * (protocols §20.4): a claim counts for as much as there are replicas that agree with it.
 */
import { NULL_DIGEST } from "../../contract/audit.ts";
import type { CheckpointVote } from "../messages.ts";

/** What one VIEW-CHANGE claims. */
export interface Claims {
  /** `h`: the highest checkpoint that is stable at its author. */
  readonly stable: number;
  /** C: checkpoints whose state its author has. */
  readonly checkpoints: readonly CheckpointVote[];
  /** P, by number: the digest prepared in the highest view. */
  readonly prepared: ReadonlyMap<number, PreparedClaim>;
  /** Q, by number and digest: the latest view in which it was pre-prepared. */
  readonly prePrepared: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

export interface PreparedClaim {
  readonly digest: string;
  readonly view: number;
}

/** What a new primary must pre-prepare: the set X. */
export interface Selection {
  /** The checkpoint below everything chosen. */
  readonly base: CheckpointVote;
  /** Ascending from the base, no gaps. */
  readonly chosen: readonly CheckpointVote[];
}

export interface SelectionRules {
  /** Q */
  readonly quorum: number;
  /** W = f + 1 */
  readonly weakQuorum: number;
  /** Longer choices fit no NEW-VIEW; W replicas, one of them good, would have to pre-prepare so. */
  readonly chosenMax: number;
}

/**
 * @param claims of the VIEW-CHANGEs of distinct replicas
 * @returns null while something is undecided: more of them will decide it
 */
export function select(claims: readonly Claims[], rules: SelectionRules): Selection | null {
  const base = chooseBase(claims, rules);
  if (!base) return null;
  const digests = new Map<number, string>();
  let last = base.sequence;
  // The numbers named and never the range: a liar may name 2^53.
  for (const sequence of named(claims)) {
    if (sequence <= base.sequence) continue;
    const digest = choosePrepared(claims, sequence, rules);
    if (digest !== null) {
      digests.set(sequence, digest);
      last = Math.max(last, sequence);
    } else if (!isFree(claims, sequence, rules)) {
      return null;
    }
  }
  if (last - base.sequence > rules.chosenMax) return null;
  // Only nulls that nobody chose above the last prepared number fall off the end: a null that was
  // prepared may have committed.
  const chosen: CheckpointVote[] = [];
  for (let sequence = base.sequence + 1; sequence <= last; sequence++) {
    chosen.push({ sequence, digest: digests.get(sequence) ?? NULL_DIGEST });
  }
  return { base, chosen };
}

/** The highest checkpoint that Q are not beyond, and that W, so a good one, have the state of. */
function chooseBase(claims: readonly Claims[], rules: SelectionRules): CheckpointVote | null {
  const supporters = new Map<string, { checkpoint: CheckpointVote; count: number }>();
  for (const { checkpoints } of claims) {
    for (const checkpoint of checkpoints) {
      const name = `${checkpoint.sequence} ${checkpoint.digest}`;
      const known = supporters.get(name) ?? { checkpoint, count: 0 };
      known.count += 1;
      supporters.set(name, known);
    }
  }
  let best: CheckpointVote | null = null;
  for (const { checkpoint, count } of supporters.values()) {
    if (count < rules.weakQuorum) continue;
    const notBeyond = claims.filter(({ stable }) => stable <= checkpoint.sequence).length;
    if (notBeyond >= rules.quorum && isHigher(checkpoint, best)) best = checkpoint;
  }
  return best;
}

function isHigher(checkpoint: CheckpointVote, best: CheckpointVote | null): boolean {
  if (!best || checkpoint.sequence > best.sequence) return true;
  return checkpoint.sequence === best.sequence && checkpoint.digest < best.digest;
}

function named(claims: readonly Claims[]): ReadonlySet<number> {
  return new Set(claims.flatMap(({ prepared }) => [...prepared.keys()]));
}

/**
 * Rule A: of all that is said to be prepared at the number, the digest than which nothing newer can
 * have committed (A1) and which a good replica really pre-prepared then or later (A2).
 */
function choosePrepared(
  claims: readonly Claims[],
  sequence: number,
  { quorum, weakQuorum }: SelectionRules,
): string | null {
  for (const candidate of candidates(claims, sequence)) {
    const { digest, view } = candidate;
    const noNewer = claims.filter(
      ({ stable, prepared }) => stable < sequence && isNoNewer(prepared.get(sequence), candidate),
    ).length;
    const prePrepared = claims.filter(
      (claim) => (claim.prePrepared.get(sequence)?.get(digest) ?? -1) >= view,
    ).length;
    if (noNewer >= quorum && prePrepared >= weakQuorum) return digest;
  }
  return null;
}

function isNoNewer(claim: PreparedClaim | undefined, { digest, view }: PreparedClaim): boolean {
  if (!claim || claim.view < view) return true;
  return claim.view === view && claim.digest === digest;
}

/** By descending view, then ascending digest: only so that the choice is a function of V. */
function candidates(claims: readonly Claims[], sequence: number): readonly PreparedClaim[] {
  return claims
    .flatMap(({ prepared }) => prepared.get(sequence) ?? [])
    .sort((a, b) => b.view - a.view || (a.digest < b.digest ? -1 : 1));
}

/**
 * Rule B: nothing can have committed at the number. Who is beyond it does not count: it may have
 * committed, executed and forgotten it.
 */
function isFree(claims: readonly Claims[], sequence: number, { quorum }: SelectionRules): boolean {
  const without = claims.filter(
    ({ stable, prepared }) => stable < sequence && !prepared.has(sequence),
  );
  return without.length >= quorum;
}
