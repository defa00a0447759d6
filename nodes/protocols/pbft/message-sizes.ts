/** How long the messages between PBFT replicas get, and what the worst view change costs. */

import type { Content, ProofFrame } from "../authentication/scheme.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import {
  BLANK,
  BLANK_SIGNATURES,
  type BlankSchemes,
  clientMessageSizes,
  linear,
} from "../contract/message-sizes.ts";
import type { MessageParameters, MessageSizes } from "../contract/protocol.ts";
import { quorumSize } from "../quorum.ts";
import {
  CHECKPOINT,
  encodeCheckpoint,
  encodeNewView,
  encodeViewChange,
  encodeVote,
  NEW_VIEW,
  PREPARE,
  VIEW_CHANGE,
  type ViewSize,
} from "./messages.ts";

/** How a variant shows things, for the length alone. */
export interface BlankProofs extends BlankSchemes {
  /** As it stands in a certificate. */
  proof(content: Content): ProofFrame;
}

export const SIGNED: BlankProofs = {
  ...BLANK_SIGNATURES,
  proof: (content) => BLANK.seal(content, "all"),
};

export function pbftMessageSizes(parameters: MessageParameters, blank = SIGNED): MessageSizes {
  const { viewChange, newView } = sizesOf(parameters, blank);
  return {
    ...normalCaseSizes(parameters, blank),
    "VIEW-CHANGE": viewChange,
    "NEW-VIEW": newView,
  };
}

/** Of replicas and clients that seal in this way. */
export function normalCaseSizes(parameters: MessageParameters, schemes: BlankSchemes) {
  const { request, reply, batch } = clientMessageSizes(parameters, schemes);
  const vote = schemes.replica.seal(VOTE, "all").length;
  return {
    REQUEST: request,
    REPLY: reply,
    "PRE-PREPARE": vote + batch,
    PREPARE: vote,
    COMMIT: vote,
  };
}

/**
 * Verifications in a row until a view is entered, at most: the new primary proves what its NEW-VIEW
 * rests on, and each backup does it again, with the signatures of V and O (protocols §9.6). Each
 * liar found costs the primary the certificate that gave it away, and another V with another
 * choice.
 */
export function viewChangeVerifications(cluster: ViewSize): number {
  const { replicas, faultsMax, window } = cluster;
  const quorum = quorumSize(cluster);
  // One checkpoint and one certificate a number, Q signatures each.
  const choice = (window + 1) * quorum;
  const primary = replicas - 1 + (faultsMax + 1) * choice + faultsMax * quorum;
  const backup = 1 + quorum + window + choice;
  return primary + backup;
}

const VOTE = { type: PREPARE, payload: encodeVote({ view: 0, sequence: 0, digest: NULL_DIGEST }) };
const CHECKPOINT_VOTE = {
  type: CHECKPOINT,
  payload: encodeCheckpoint({ sequence: 0, digest: NULL_DIGEST }),
};

/** Bytes of what is shown to others. */
export interface CertificateSizes {
  /** Of a vote without bodies, and of a CHECKPOINT: all of them have the same length. */
  readonly vote: number;
  readonly checkpoint: number;
  /** Of a vote without bodies as its author seals it, which is how it stands in O. */
  readonly sealedVote: number;
  /** The largest honest ones. */
  readonly viewChange: number;
  readonly newView: number;
}

export function sizesOf(cluster: ViewSize, blank: BlankProofs): CertificateSizes {
  return {
    vote: blank.proof(VOTE).length,
    checkpoint: blank.proof(CHECKPOINT_VOTE).length,
    sealedVote: blank.replica.seal(VOTE, "all").length,
    viewChange: viewChangeBytes(cluster, blank),
    newView: newViewBytes(cluster, blank),
  };
}

/** A stable checkpoint with its proof, and a certificate for every number of the window. */
function viewChangeBytes({ window, ...size }: ViewSize, blank: BlankProofs): number {
  const quorum = quorumSize(size);
  const vote = blank.proof(VOTE);
  const certificate = { prePrepare: vote, prepares: repeated(vote, quorum - 1) };
  const checkpoints = repeated(blank.proof(CHECKPOINT_VOTE), quorum);
  return linear(window, (count) => {
    const prepared = repeated(certificate, count);
    const payload = encodeViewChange({ view: 0, stable: 0, checkpoints, prepared });
    return blank.proof({ type: VIEW_CHANGE, payload }).length;
  });
}

/** Q of the largest VIEW-CHANGEs, and a PRE-PREPARE for every number of the window. */
function newViewBytes(parameters: ViewSize, blank: BlankProofs): number {
  const quorum = quorumSize(parameters);
  const vote = blank.replica.seal(VOTE, "all");
  const lengthOf = (viewChanges: number, order: number) =>
    newViewLength(blank, viewChanges, repeated(vote, order));
  const without = linear(parameters.window, (count) => lengthOf(0, count));
  const references = linear(quorum, (count) => lengthOf(count, 0)) - lengthOf(0, 0);
  return without + references + quorum * viewChangeBytes(parameters, blank);
}

/** VIEW-CHANGEs counted by their references alone: how long they are is added apart. */
function newViewLength(
  blank: BlankProofs,
  viewChanges: number,
  prePrepares: readonly Uint8Array[],
): number {
  const vote = blank.proof(VOTE);
  const payload = encodeNewView({ view: 0, viewChanges: repeated(vote, viewChanges), prePrepares });
  return blank.proof({ type: NEW_VIEW, payload }).length - viewChanges * vote.length;
}

function repeated<Item>(item: Item, count: number): readonly Item[] {
  return Array.from({ length: count }, () => item);
}
