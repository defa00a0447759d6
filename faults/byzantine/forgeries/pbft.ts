/**
 * The messages of every variant of PBFT in the hands of a liar: its own read before they leave, and
 * made anew to say something else. What the variants have in common is here, ordering above all;
 * what only one of them says in a change of views is in the file of its name.
 */
import type { Input, NodeId } from "../../../nodes/protocols/contract/core.ts";
import {
  CHECKPOINT,
  type CheckpointVote,
  COMMIT,
  decodeCheckpoint,
  decodeStatus,
  decodeVote,
  encodeCheckpoint,
  encodeVote,
  NEW_VIEW,
  PRE_PREPARE,
  PREPARE,
  STATE_PAGES,
  STATUS,
  type Status,
  VIEW_CHANGE,
  type Vote,
} from "../../../nodes/protocols/pbft/messages.ts";
import { decodeStatePages, encodeNodes } from "../../../nodes/protocols/pbft/state-messages.ts";
import { decodeNode } from "../../../nodes/protocols/state/page.ts";
import { Reader, Writer } from "../../../nodes/protocols/wire/codec.ts";
import type { Envelope } from "../../../nodes/protocols/wire/envelope.ts";
import {
  type Batch,
  decodeBatch,
  decodeRequest,
  makeBatch,
  NULL_BATCH,
  type Request,
} from "../../../nodes/protocols/wire/request.ts";
import type { Layouts } from "./grammar/layouts.ts";
import { frameOf, OwnMessages } from "./own-messages.ts";

export interface Proposal {
  readonly vote: Vote;
  /** Null where the bodies do not come with it. */
  readonly batch: Batch | null;
  readonly bodies: Uint8Array;
}

export type VoteKind = "prepare" | "commit";

const TYPES = { prepare: PREPARE, commit: COMMIT } as const;

export abstract class PbftMessages extends OwnMessages {
  /** What all its messages look like. */
  abstract readonly layouts: Layouts;

  /** The same keys under another name: what it says in it fools only who does not look. */
  abstract as(name: number): PbftMessages;

  /**
   * A VIEW-CHANGE that claims nothing prepared and no checkpoint since genesis: an understatement,
   * but a valid one.
   */
  abstract understatement(view: number): Uint8Array;

  /** The own VIEW-CHANGE in `frame` once more, claiming nothing prepared; null for any other. */
  abstract understated(frame: Uint8Array): Uint8Array | null;

  /** The own VIEW-CHANGE in `frame` with claims about the highest number; null for any other. */
  abstract overstated(frame: Uint8Array): Uint8Array | null;

  /** What speaks for a VIEW-CHANGE of this author that nobody ever made. */
  abstract supportFor(author: NodeId, view: number): Uint8Array;

  /** What would tell that this is decided. */
  abstract decision(vote: Vote): readonly Uint8Array[];

  /** The own NEW-VIEW in `frame`, resting on a VIEW-CHANGE that nobody has; null for any other. */
  abstract groundless(frame: Uint8Array): Uint8Array | null;

  /** The own NEW-VIEW in `frame` with one number more than is forced; null for any other. */
  abstract goingOn(frame: Uint8Array): Uint8Array | null;

  /** The own NEW-VIEW in `frame`, which begins at another state; null for any other. */
  abstract otherBase(frame: Uint8Array): Uint8Array | null;

  /** The view that a VIEW-CHANGE of this replica asks for; null for any other message. */
  viewAskedIn(frame: Uint8Array): number | null {
    const envelope = this.ownOf(VIEW_CHANGE, frame);
    return envelope && new Reader(envelope.payload).u64();
  }

  isNewView(frame: Uint8Array): boolean {
    return this.ownOf(NEW_VIEW, frame) !== null;
  }

  /** Reads the variant's part of a STATUS. */
  protected abstract readPart(reader: Reader): object | null;

  // Ordering.

  proposalIn(frame: Uint8Array): Proposal | null {
    const envelope = this.ownOf(PRE_PREPARE, frame);
    const vote = envelope && decodeVote(envelope.payload);
    if (!envelope || !vote) return null;
    const { attachment: bodies } = envelope;
    return { vote, batch: decodeBatch(this.scheme, bodies), bodies };
  }

  voteIn(kind: VoteKind, frame: Uint8Array): Vote | null {
    const envelope = this.ownOf(TYPES[kind], frame);
    return envelope && decodeVote(envelope.payload);
  }

  vote(kind: VoteKind, vote: Vote): Uint8Array {
    return this.scheme.seal({ type: TYPES[kind], payload: encodeVote(vote) }, "all");
  }

  /** A PRE-PREPARE for this batch, in the place of another one. */
  proposal(vote: Vote, { digest, bytes }: Batch): Uint8Array {
    return this.proposalWith({ ...vote, digest }, bytes);
  }

  /** A PRE-PREPARE with bodies that its digest may not name. */
  proposalWith(vote: Vote, bodies: Uint8Array): Uint8Array {
    return this.scheme.seal({ type: PRE_PREPARE, payload: encodeVote(vote) }, "all", bodies);
  }

  /** @param requests none = the null request */
  batch(requests: readonly Request[]): Batch {
    return requests.length === 0 ? NULL_BATCH : makeBatch(this.scheme, requests);
  }

  /**
   * Another request under the signature of a true one: the client's next, with the same operation,
   * or the same with another operation.
   */
  forgedRequest({ envelope, timestamp }: Request, which: "next" | "same"): Request | null {
    const { content, authentication, payload } = envelope;
    const forged = content.slice();
    const start = forged.length - payload.length;
    if (which === "next") forged.set(new Writer(8).u64(timestamp + 1).finish(), start);
    // The last byte belongs to a key or a value: what follows still parses.
    else forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const opened = this.scheme.open(frameOf(forged, authentication));
    return opened === null ? null : decodeRequest(this.scheme, opened);
  }

  /** The own PRE-PREPARE in `frame` with its requests spoiled in forwarding; null for others. */
  withSpoiledRequests(frame: Uint8Array): Uint8Array | null {
    const proposal = this.proposalIn(frame);
    const requests = proposal?.batch?.requests ?? [];
    if (proposal === null || requests.length === 0) return null;
    const frames = requests.map(({ envelope }) => this.spoiled(envelope.frame));
    return this.proposalWith(proposal.vote, new Writer(1024).blobs(frames).finish());
  }

  // Checkpoints and state.

  checkpointIn(frame: Uint8Array): CheckpointVote | null {
    const envelope = this.ownOf(CHECKPOINT, frame);
    return envelope && decodeCheckpoint(envelope.payload);
  }

  checkpoint(vote: CheckpointVote): Uint8Array {
    return this.scheme.seal({ type: CHECKPOINT, payload: encodeCheckpoint(vote) }, "all");
  }

  /** The digest of the very vote, which is that of no state. */
  digestOfNothing(vote: CheckpointVote): string {
    return this.digest(encodeCheckpoint(vote));
  }

  /** STATE-PAGES of this replica with other pages in them; null for any other message. */
  statePages(frame: Uint8Array, change: (page: Uint8Array) => Uint8Array): Uint8Array | null {
    const envelope = this.ownOf(STATE_PAGES, frame);
    if (envelope === null) return null;
    const { payload, attachment } = envelope;
    const nodes = decodeStatePages(payload, attachment)?.nodes ?? [];
    const told = nodes.map((node) => (decodeNode(node)?.kind === "page" ? change(node) : node));
    return this.scheme.seal({ type: STATE_PAGES, payload }, "all", encodeNodes(told));
  }

  /** What others say of themselves. */
  checkpointHeard(input: Input): CheckpointVote | null {
    const envelope = this.heardOf(CHECKPOINT, input);
    return envelope && decodeCheckpoint(envelope.payload);
  }

  // Changing views.

  statusIn(frame: Uint8Array): Status<object> | null {
    const envelope = this.ownOf(STATUS, frame);
    return envelope && this.#readStatus(envelope);
  }

  /** What a replica says of itself; null for what it only passes on, and for other messages. */
  statusHeard(input: Input): Status<object> | null {
    const envelope = this.heardOf(STATUS, input);
    return envelope && this.#readStatus(envelope);
  }

  /** The message of this type that its author itself brings; null for any other. */
  protected heardOf(type: number, input: Input): Envelope | null {
    if (input.kind !== "frame") return null;
    const envelope = this.scheme.open(input.bytes);
    return envelope?.type === type && envelope.sender === input.from ? envelope : null;
  }

  #readStatus({ payload }: Envelope): Status<object> | null {
    return decodeStatus(payload, (reader) => this.readPart(reader));
  }
}
