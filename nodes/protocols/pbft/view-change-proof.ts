/**
 * What a VIEW-CHANGE claims and proves, and the choice a set of them forces (PBFT §4.4; reference
 * 1.9). Verification and selection are separate pure steps: the primary builds O by the same
 * function by which every backup recomputes it.
 */
import { NULL_DIGEST } from "../audit.ts";
import type { Envelope, Envelopes } from "../envelope.ts";
import type { ClusterParameters } from "../protocol.ts";
import { primaryOf, quorumSize } from "../quorum.ts";
import type { StableCheckpoint } from "./checkpoint-store.ts";
import {
  bare,
  type CertificateFrames,
  CHECKPOINT,
  decodeCheckpoint,
  decodeViewChange,
  decodeVote,
  PRE_PREPARE,
  PREPARE,
  type ViewChange,
  type Vote,
} from "./messages.ts";

/** A VIEW-CHANGE whose signature, checkpoint proof and certificates were all verified. */
export interface CheckedViewChange {
  readonly replica: number;
  readonly view: number;
  readonly frame: Uint8Array;
  readonly stable: StableCheckpoint;
  /** By sequence: the digest prepared in the highest view. */
  readonly prepared: ReadonlyMap<number, { readonly view: number; readonly digest: string }>;
}

/** What a new primary must pre-prepare. */
export interface Selection {
  /** `minS` with its proof: the highest stable checkpoint in V. */
  readonly base: StableCheckpoint;
  /** Ascending from `minS + 1`, no gaps; an unvoted number carries the null digest. */
  readonly chosen: readonly { readonly sequence: number; readonly digest: string }[];
}

interface Verification {
  readonly envelopes: Envelopes;
  readonly cluster: ClusterParameters;
}

/** @returns the reason why it is invalid, or the checked message */
export function checkViewChange(
  { envelopes, cluster }: Verification,
  envelope: Envelope,
): CheckedViewChange | string {
  const message = decodeViewChange(envelope.payload);
  if (!message || envelope.sender >= cluster.replicas) return "malformed";
  if (!envelopes.verify(envelope)) return "signature";
  const stable = checkStable({ envelopes, cluster }, message);
  if (!stable) return "checkpoint proof";
  const prepared = new Map<number, { view: number; digest: string }>();
  for (const certificate of message.prepared) {
    const vote = checkCertificate({ envelopes, cluster }, certificate);
    if (!vote || vote.view >= message.view) return "certificate";
    const { sequence, view, digest } = vote;
    if (sequence <= stable.sequence || sequence > stable.sequence + cluster.window) {
      return "certificate outside the window";
    }
    if (prepared.has(sequence)) return "two certificates for one number";
    prepared.set(sequence, { view, digest });
  }
  const frame = envelope.frame.slice();
  return { replica: envelope.sender, view: message.view, frame, stable, prepared };
}

function checkStable(
  { envelopes, cluster }: Verification,
  message: ViewChange,
): StableCheckpoint | null {
  if (message.stable === 0) {
    return message.checkpoints.length === 0
      ? { sequence: 0, digest: NULL_DIGEST, proof: [] }
      : null;
  }
  const voters = new Set<number>();
  let digest: string | null = null;
  for (const frame of message.checkpoints) {
    const envelope = bare(envelopes.open(frame), CHECKPOINT);
    const vote = envelope && decodeCheckpoint(envelope.payload);
    if (!vote || vote.sequence !== message.stable || !isVoter(envelope, voters, cluster)) {
      return null;
    }
    digest ??= vote.digest;
    if (vote.digest !== digest || !envelopes.verify(envelope)) return null;
  }
  if (digest === null || voters.size < quorumSize(cluster)) return null;
  const proof = message.checkpoints.map((frame) => frame.slice());
  return { sequence: message.stable, digest, proof };
}

/** A pre-prepare by the primary of its view and Q-1 equal prepares by distinct backups. */
function checkCertificate(
  { envelopes, cluster }: Verification,
  certificate: CertificateFrames,
): Vote | null {
  const prePrepare = bare(envelopes.open(certificate.prePrepare), PRE_PREPARE);
  const chosen = prePrepare && decodeVote(prePrepare.payload);
  if (!chosen) return null;
  const primary = primaryOf(chosen.view, cluster);
  if (prePrepare.sender !== primary || !envelopes.verify(prePrepare)) return null;
  const voters = new Set<number>([primary]);
  for (const frame of certificate.prepares) {
    const envelope = bare(envelopes.open(frame), PREPARE);
    const vote = envelope && decodeVote(envelope.payload);
    if (!vote || !sameVote(vote, chosen) || !isVoter(envelope, voters, cluster)) return null;
    if (!envelopes.verify(envelope)) return null;
  }
  return voters.size >= quorumSize(cluster) ? chosen : null;
}

function sameVote(a: Vote, b: Vote): boolean {
  return a.view === b.view && a.sequence === b.sequence && a.digest === b.digest;
}

/** A replica that has not voted yet; adds it. */
function isVoter(envelope: Envelope, voters: Set<number>, cluster: ClusterParameters): boolean {
  if (envelope.sender >= cluster.replicas || voters.has(envelope.sender)) return false;
  voters.add(envelope.sender);
  return true;
}

/**
 * The set O (PBFT §4.4): for each number between the highest stable checkpoint and the highest
 * certificate, the digest with the highest view, else null.
 * @param viewChanges checked, of distinct replicas, at least Q
 */
export function select(viewChanges: readonly CheckedViewChange[]): Selection {
  let base: StableCheckpoint = { sequence: 0, digest: NULL_DIGEST, proof: [] };
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

function highestPrepared(viewChanges: readonly CheckedViewChange[], sequence: number): string {
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
