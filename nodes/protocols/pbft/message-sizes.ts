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

export function pbftMessageSizes(parameters: MessageParameters): MessageSizes {
  return {
    ...normalCaseSizes(parameters, BLANK_SIGNATURES),
    "VIEW-CHANGE": viewChangeBytes(parameters),
    "NEW-VIEW": newViewBytes(parameters),
  };
}

/** Of replicas and clients that seal in this way. */
export function normalCaseSizes(parameters: MessageParameters, schemes: BlankSchemes) {
  const { request, reply, batch } = clientMessageSizes(parameters, schemes);
  const vote = schemes.replica.seal(blankVote(), "all").length;
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

function voteFrame(): ProofFrame {
  return BLANK.seal(blankVote(), "all");
}

function blankVote(): Content {
  return { type: PREPARE, payload: encodeVote({ view: 0, sequence: 0, digest: NULL_DIGEST }) };
}

function checkpointFrame(): ProofFrame {
  return BLANK.seal(
    { type: CHECKPOINT, payload: encodeCheckpoint({ sequence: 0, digest: NULL_DIGEST }) },
    "all",
  );
}

/** Bytes of a signed vote without bodies, and of a CHECKPOINT: all of them have the same length. */
export const VOTE_BYTES = voteFrame().length;
export const CHECKPOINT_BYTES = checkpointFrame().length;

/** A stable checkpoint with its proof, and a certificate for every number of the window. */
export function viewChangeBytes({ window, ...size }: ViewSize): number {
  const quorum = quorumSize(size);
  const vote = voteFrame();
  const certificate = { prePrepare: vote, prepares: repeated(vote, quorum - 1) };
  const checkpoints = repeated(checkpointFrame(), quorum);
  return linear(window, (count) => {
    const prepared = repeated(certificate, count);
    const payload = encodeViewChange({ view: 0, stable: 0, checkpoints, prepared });
    return BLANK.seal({ type: VIEW_CHANGE, payload }, "all").length;
  });
}

/** Q of the largest VIEW-CHANGEs, and a PRE-PREPARE for every number of the window. */
export function newViewBytes(parameters: ViewSize): number {
  const quorum = quorumSize(parameters);
  const vote = voteFrame();
  const without = linear(parameters.window, (count) => newViewLength(0, repeated(vote, count)));
  const references = linear(quorum, (count) => newViewLength(count, [])) - newViewLength(0, []);
  return without + references + quorum * viewChangeBytes(parameters);
}

/** VIEW-CHANGEs counted by their references alone: how long they are is added apart. */
function newViewLength(viewChanges: number, prePrepares: readonly ProofFrame[]): number {
  const vote = voteFrame();
  const payload = encodeNewView({ view: 0, viewChanges: repeated(vote, viewChanges), prePrepares });
  return BLANK.seal({ type: NEW_VIEW, payload }, "all").length - viewChanges * vote.length;
}

function repeated<Item>(item: Item, count: number): readonly Item[] {
  return Array.from({ length: count }, () => item);
}
