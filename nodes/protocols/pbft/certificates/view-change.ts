/**
 * What a VIEW-CHANGE claims (PBFT §4.4; protocols §9.2). Reading, choosing and proving are separate
 * steps: the primary builds O by the same function by which every backup recomputes it
 * (`selection.ts`), and only what the choice rests on is verified (`claim-verifier.ts`).
 */

import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { NULL_DIGEST } from "../../contract/audit.ts";
import type { ClusterParameters } from "../../contract/protocol.ts";
import { primaryOf, quorumSize } from "../../quorum.ts";
import { sameBytes } from "../../wire/codec.ts";
import type { Envelope } from "../../wire/envelope.ts";
import { CHECKPOINT_BYTES, VOTE_BYTES } from "../message-sizes.ts";
import {
  bare,
  type CertificateFrames,
  CHECKPOINT,
  type CheckpointVote,
  decodeCheckpoint,
  decodeViewChange,
  decodeVote,
  PRE_PREPARE,
  PREPARE,
  type ViewChange,
  type Vote,
} from "../messages.ts";

export interface PreparedClaim {
  readonly view: number;
  readonly digest: string;
  readonly certificate: CertificateFrames<Uint8Array>;
}

/** A checkpoint that is said to be stable, with what is said to prove it. */
export interface StableClaim extends CheckpointVote {
  readonly proof: readonly Uint8Array[];
}

/**
 * A VIEW-CHANGE of its author, well-formed and with as many distinct signers as each claim needs.
 * None of their signatures is verified: of most claims none ever has to be.
 */
export interface ViewChangeClaims<Frame extends Uint8Array = Uint8Array> {
  readonly replica: number;
  readonly view: number;
  readonly frame: Frame;
  readonly stable: StableClaim;
  /** Of the content. */
  readonly digest: string;
  /** By sequence: the digest prepared in the highest view. */
  readonly prepared: ReadonlyMap<number, PreparedClaim>;
  /** A claim of it was found false: it still asks for the view, but no NEW-VIEW rests on it. */
  refuted: boolean;
}

interface Reading {
  readonly scheme: AuthenticationScheme;
  readonly cluster: ClusterParameters;
}

/**
 * @param frame owned by the reader: the claims are views into it; its signature is the caller's to
 * verify
 * @returns the reason why it is invalid, or what it claims
 */
export function readViewChange<Frame extends Uint8Array>(
  { scheme, cluster }: Reading,
  frame: Frame,
): ViewChangeClaims<Frame> | string {
  const envelope = scheme.open(frame);
  const message = envelope && decodeViewChange(envelope.payload, cluster);
  if (!envelope || !message || envelope.sender >= cluster.replicas) return "malformed";
  const { sender } = envelope;
  const stable = readStable({ scheme, cluster }, message);
  if (!stable) return "checkpoint proof";
  const prepared = new Map<number, PreparedClaim>();
  for (const frames of message.prepared) {
    const vote = readCertificate({ scheme, cluster }, frames);
    if (!vote || vote.view >= message.view) return "certificate";
    const { sequence, view, digest } = vote;
    if (sequence <= stable.sequence || sequence > stable.sequence + cluster.window) {
      return "certificate outside the window";
    }
    if (prepared.has(sequence)) return "two certificates for one number";
    prepared.set(sequence, { view, digest, certificate: frames });
  }
  const digest = scheme.digest(envelope.content);
  return { replica: sender, view: message.view, digest, frame, stable, prepared, refuted: false };
}

function readStable(
  { scheme, cluster }: Reading,
  message: ViewChange<Uint8Array>,
): StableClaim | null {
  if (message.stable === 0) {
    return message.checkpoints.length === 0
      ? { sequence: 0, digest: NULL_DIGEST, proof: [] }
      : null;
  }
  const voters = new Set<number>();
  let digest: string | null = null;
  for (const frame of message.checkpoints) {
    const envelope = openVote(scheme, frame, CHECKPOINT);
    const vote = envelope && decodeCheckpoint(envelope.payload);
    if (!vote || vote.sequence !== message.stable || !isVoter(envelope, voters, cluster)) {
      return null;
    }
    digest ??= vote.digest;
    if (vote.digest !== digest) return null;
  }
  if (digest === null || voters.size < quorumSize(cluster)) return null;
  return { sequence: message.stable, digest, proof: message.checkpoints };
}

/** A pre-prepare by the primary of its view and Q-1 equal prepares by distinct backups. */
function readCertificate(
  { scheme, cluster }: Reading,
  certificate: CertificateFrames<Uint8Array>,
): Vote | null {
  const prePrepare = openVote(scheme, certificate.prePrepare, PRE_PREPARE);
  const chosen = prePrepare && decodeVote(prePrepare.payload);
  if (!chosen) return null;
  const primary = primaryOf(chosen.view, cluster);
  if (prePrepare.sender !== primary) return null;
  const voters = new Set<number>([primary]);
  for (const frame of certificate.prepares) {
    const envelope = openVote(scheme, frame, PREPARE);
    if (!envelope || !sameBytes(envelope.payload, prePrepare.payload)) return null;
    if (!isVoter(envelope, voters, cluster)) return null;
  }
  return voters.size >= quorumSize(cluster) ? chosen : null;
}

/** Of exactly its length: a padded one would make a NEW-VIEW too large to be sent. */
function openVote(scheme: AuthenticationScheme, frame: Uint8Array, type: number): Envelope | null {
  const bytes = type === CHECKPOINT ? CHECKPOINT_BYTES : VOTE_BYTES;
  return frame.length === bytes ? bare(scheme.open(frame), type) : null;
}

/** A replica that has not voted yet; adds it. */
function isVoter(envelope: Envelope, voters: Set<number>, cluster: ClusterParameters): boolean {
  if (envelope.sender >= cluster.replicas || voters.has(envelope.sender)) return false;
  voters.add(envelope.sender);
  return true;
}
