/** The choice that a set of VIEW-CHANGEs forces (PBFT §4.4). */
import { NULL_DIGEST } from "../../contract/audit.ts";
import type { StableClaim, ViewChangeClaims } from "./view-change.ts";

/** What a new primary must pre-prepare. */
export interface Selection<Base extends StableClaim = StableClaim> {
  /** `minS` with its proof: the highest stable checkpoint in V. */
  readonly base: Base;
  /** Ascending from `minS + 1`, no gaps; an unvoted number carries the null digest. */
  readonly chosen: readonly { readonly sequence: number; readonly digest: string }[];
}

/**
 * The set O (PBFT §4.4): for each number between the highest stable checkpoint and the highest
 * certificate, the digest with the highest view, else null.
 * @param viewChanges of distinct replicas, at least Q
 */
export function select(viewChanges: readonly ViewChangeClaims[]): Selection {
  let base: StableClaim = { sequence: 0, digest: NULL_DIGEST, proof: [] };
  let last = 0;
  for (const { stable, prepared } of viewChanges) {
    if (stable.sequence > base.sequence) base = stable;
    for (const sequence of prepared.keys()) last = Math.max(last, sequence);
  }
  const chosen: { sequence: number; digest: string }[] = [];
  for (let sequence = base.sequence + 1; sequence <= last; sequence++) {
    chosen.push({ sequence, digest: highestPrepared(viewChanges, sequence) });
  }
  return { base, chosen };
}

function highestPrepared(viewChanges: readonly ViewChangeClaims[], sequence: number): string {
  let best: { view: number; digest: string } | null = null;
  for (const { prepared } of viewChanges) {
    const entry = prepared.get(sequence);
    if (!entry) continue;
    // Two digests cannot be prepared in one view; the tie-break only keeps this a function of V.
    const newer = !best || entry.view > best.view;
    const tie = best?.view === entry.view && entry.digest < best.digest;
    if (newer || tie) best = entry;
  }
  return best?.digest ?? NULL_DIGEST;
}
