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
import type { CertificateSizes } from "../message-sizes.ts";
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
import type { Provable } from "./provable.ts";

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
 * Nothing in it is verified: of most claims nothing ever has to be.
 */
export interface ViewChangeClaims {
  readonly replica: number;
  readonly view: number;
  readonly stable: StableClaim;
  /** Of the content. */
  readonly digest: string;
  /** By sequence: the digest prepared in the highest view. */
  readonly prepared: ReadonlyMap<number, PreparedClaim>;
}

/** One that came from its author. */
export interface HeardViewChange extends ViewChangeClaims {
  readonly message: Provable;
  /** A claim of it was found false: it still asks for the view, but no NEW-VIEW rests on it. */
  refuted: boolean;
}

export interface Reading {
  readonly scheme: AuthenticationScheme;
  readonly cluster: ClusterParameters;
  /**
   * A padded vote would make a NEW-VIEW too large to be sent, and one that looks like what it is
   * not would be taken for that wherever it is opened later.
   */
  readonly sizes: Pick<CertificateSizes, "vote" | "checkpoint" | "sealedVote">;
}

/**
 * @param frame owned by the reader: the claims are views into it; that its author made it is the
 * caller's to verify
 * @returns the reason why it is invalid, or what it claims
 */
export function readViewChange(reading: Reading, frame: Uint8Array): ViewChangeClaims | string {
  const { scheme, cluster } = reading;
  const envelope = scheme.open(frame);
  const message = envelope && decodeViewChange(envelope.payload, cluster);
  if (!envelope || !message || envelope.sender >= cluster.replicas) return "malformed";
  const { sender } = envelope;
  const stable = readStable(reading, message);
  if (!stable) return "checkpoint proof";
  const prepared = new Map<number, PreparedClaim>();
  for (const frames of message.prepared) {
    const vote = readCertificate(reading, frames);
    if (!vote || vote.view >= message.view) return "certificate";
    const { sequence, view, digest } = vote;
    if (sequence <= stable.sequence || sequence > stable.sequence + cluster.window) {
      return "certificate outside the window";
    }
    if (prepared.has(sequence)) return "two certificates for one number";
    prepared.set(sequence, { view, digest, certificate: frames });
  }
  const digest = scheme.digest(envelope.content);
  return { replica: sender, view: message.view, digest, stable, prepared };
}

function readStable(reading: Reading, message: ViewChange<Uint8Array>): StableClaim | null {
  const { cluster } = reading;
  if (message.stable === 0) {
    return message.checkpoints.length === 0
      ? { sequence: 0, digest: NULL_DIGEST, proof: [] }
      : null;
  }
  const voters = new Set<number>();
  let digest: string | null = null;
  for (const frame of message.checkpoints) {
    const envelope = openVote(reading, frame, CHECKPOINT);
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
  reading: Reading,
  certificate: CertificateFrames<Uint8Array>,
): Vote | null {
  const { cluster } = reading;
  const prePrepare = openVote(reading, certificate.prePrepare, PRE_PREPARE);
  const chosen = prePrepare && decodeVote(prePrepare.payload);
  if (!chosen) return null;
  const primary = primaryOf(chosen.view, cluster);
  if (prePrepare.sender !== primary) return null;
  const voters = new Set<number>([primary]);
  for (const frame of certificate.prepares) {
    const envelope = openVote(reading, frame, PREPARE);
    if (!envelope || !sameBytes(envelope.payload, prePrepare.payload)) return null;
    if (!isVoter(envelope, voters, cluster)) return null;
  }
  return voters.size >= quorumSize(cluster) ? chosen : null;
}

/** Of exactly its length. */
function openVote({ scheme, sizes }: Reading, frame: Uint8Array, type: number): Envelope | null {
  const bytes = type === CHECKPOINT ? sizes.checkpoint : sizes.vote;
  return frame.length === bytes ? bare(scheme.open(frame), type) : null;
}

/** A replica that has not voted yet; adds it. */
function isVoter(envelope: Envelope, voters: Set<number>, cluster: ClusterParameters): boolean {
  if (envelope.sender >= cluster.replicas || voters.has(envelope.sender)) return false;
  voters.add(envelope.sender);
  return true;
}
