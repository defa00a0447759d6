/** How long the messages between PBFT replicas get, and what the worst view change costs. */
import { NULL_DIGEST } from "../audit.ts";
import {
  BLANK,
  clientMessageSizes,
  linear,
  type MessageParameters,
  type MessageSizes,
} from "../message-sizes.ts";
import { type ClusterSize, quorumSize } from "../quorum.ts";
import {
  CHECKPOINT,
  encodeCheckpoint,
  encodeNewView,
  encodeViewChange,
  encodeVote,
  NEW_VIEW,
  PREPARE,
  VIEW_CHANGE,
} from "./messages.ts";

export function pbftMessageSizes(parameters: MessageParameters): MessageSizes {
  const { request, reply, batch } = clientMessageSizes(parameters);
  const vote = voteFrame().length;
  return {
    REQUEST: request,
    REPLY: reply,
    "PRE-PREPARE": vote + batch,
    PREPARE: vote,
    COMMIT: vote,
    "VIEW-CHANGE": viewChangeBytes(parameters),
    "NEW-VIEW": newViewBytes(parameters),
  };
}

/**
 * Signatures that a replica has to verify at most before it is in the new view: of Q VIEW-CHANGEs
 * with a full window of certificates each, and of the NEW-VIEW with its PRE-PREPAREs (1.9).
 */
export function viewChangeVerifications({
  window,
  ...size
}: ClusterSize & { readonly window: number }): number {
  const quorum = quorumSize(size);
  const viewChange = 1 + quorum + window * quorum;
  return quorum * viewChange + 1 + window;
}

function voteFrame(): Uint8Array {
  return BLANK.seal(PREPARE, encodeVote({ view: 0, sequence: 0, digest: NULL_DIGEST }));
}

/** A stable checkpoint with its proof, and a certificate for every number of the window. */
function viewChangeBytes({ window, ...size }: MessageParameters): number {
  const quorum = quorumSize(size);
  const vote = voteFrame();
  const checkpoint = BLANK.seal(CHECKPOINT, encodeCheckpoint({ sequence: 0, digest: NULL_DIGEST }));
  const certificate = { prePrepare: vote, prepares: repeated(vote, quorum - 1) };
  const checkpoints = repeated(checkpoint, quorum);
  return linear(window, (count) => {
    const prepared = repeated(certificate, count);
    const payload = encodeViewChange({ view: 0, stable: 0, checkpoints, prepared });
    return BLANK.seal(VIEW_CHANGE, payload).length;
  });
}

/** Q of the largest VIEW-CHANGEs, and a PRE-PREPARE for every number of the window. */
function newViewBytes(parameters: MessageParameters): number {
  const quorum = quorumSize(parameters);
  const vote = voteFrame();
  const without = linear(parameters.window, (count) => newViewLength(0, repeated(vote, count)));
  const references = linear(quorum, (count) => newViewLength(count, [])) - newViewLength(0, []);
  return without + references + quorum * viewChangeBytes(parameters);
}

function newViewLength(emptyViewChanges: number, prePrepares: readonly Uint8Array[]): number {
  const viewChanges = repeated(new Uint8Array(0), emptyViewChanges);
  return BLANK.seal(NEW_VIEW, encodeNewView({ view: 0, viewChanges, prePrepares })).length;
}

function repeated<Item>(item: Item, count: number): readonly Item[] {
  return Array.from({ length: count }, () => item);
}
