/**
 * The messages of `pbft-sig` in the hands of a liar: its own read before they leave, and made anew
 * to say something else. Every forgery that knows how these messages look is here.
 */
import type { Input } from "../../../nodes/protocols/contract/core.ts";
import { select } from "../../../nodes/protocols/pbft/certificates/selection.ts";
import {
  readViewChange,
  type ViewChangeClaims,
} from "../../../nodes/protocols/pbft/certificates/view-change.ts";
import {
  CHECKPOINT,
  type CheckpointVote,
  COMMIT,
  decodeCheckpoint,
  decodeNewView,
  decodeStatus,
  decodeViewChange,
  decodeVote,
  encodeCheckpoint,
  encodeNewView,
  encodeViewChange,
  encodeVote,
  NEW_VIEW,
  type NewView,
  PRE_PREPARE,
  PREPARE,
  readViews,
  STATE_PAGES,
  STATUS,
  type Status,
  VIEW_CHANGE,
  type ViewChange,
  type Vote,
} from "../../../nodes/protocols/pbft/messages.ts";
import { decodeStatePages, encodeNodes } from "../../../nodes/protocols/pbft/state-messages.ts";
import { decodeNode } from "../../../nodes/protocols/state/page.ts";
import { Writer } from "../../../nodes/protocols/wire/codec.ts";
import type { Envelope } from "../../../nodes/protocols/wire/envelope.ts";
import {
  type Batch,
  decodeBatch,
  decodeRequest,
  makeBatch,
  NULL_BATCH,
  type Request,
} from "../../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { passedOff } from "./passed-off.ts";
import { pretending, SignedMessages } from "./signed-messages.ts";

export interface Proposal {
  readonly vote: Vote;
  /** Null where the bodies do not come with it. */
  readonly batch: Batch | null;
  readonly bodies: Uint8Array;
}

type VoteKind = "prepare" | "commit";

const TYPES = { prepare: PREPARE, commit: COMMIT } as const;

export class PbftMessages extends SignedMessages {
  readonly #context: BehaviourContext;

  constructor(context: BehaviourContext) {
    super(context);
    this.#context = context;
  }

  /** The same key under another name: what it says in it fools only who does not look. */
  as(name: number): PbftMessages {
    const authenticator = pretending(this.#context.authenticator, name);
    return new PbftMessages({ ...this.#context, authenticator });
  }

  // Ordering.

  proposalIn(frame: Uint8Array): Proposal | null {
    const envelope = this.#ownOf(PRE_PREPARE, frame);
    const vote = envelope && decodeVote(envelope.payload);
    if (!envelope || !vote) return null;
    const { attachment: bodies } = envelope;
    return { vote, batch: decodeBatch(this.scheme, bodies), bodies };
  }

  voteIn(kind: VoteKind, frame: Uint8Array): Vote | null {
    const envelope = this.#ownOf(TYPES[kind], frame);
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

  /** As in certificates and in the set O: without bodies. */
  bareProposal(vote: Vote): Uint8Array {
    return this.scheme.seal({ type: PRE_PREPARE, payload: encodeVote(vote) }, "all");
  }

  /** Whoever sent it: what a frame out of another message votes for. */
  votedIn(frame: Uint8Array): Vote | null {
    const envelope = this.scheme.open(frame);
    return envelope && decodeVote(envelope.payload);
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
    const frame = new Writer(forged.length + authentication.length + 6)
      .blob(forged)
      .u16(authentication.length)
      .raw(authentication)
      .finish();
    const opened = this.scheme.open(frame);
    return opened === null ? null : decodeRequest(this.scheme, opened);
  }

  // Checkpoints and state.

  checkpointIn(frame: Uint8Array): CheckpointVote | null {
    const envelope = this.#ownOf(CHECKPOINT, frame);
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
    const envelope = this.#ownOf(STATE_PAGES, frame);
    if (envelope === null) return null;
    const { payload, attachment } = envelope;
    const nodes = decodeStatePages(payload, attachment)?.nodes ?? [];
    const told = nodes.map((node) => (decodeNode(node)?.kind === "page" ? change(node) : node));
    return this.scheme.seal({ type: STATE_PAGES, payload }, "all", encodeNodes(told));
  }

  // Changing views.

  statusIn(frame: Uint8Array): Status<readonly number[]> | null {
    const envelope = this.#ownOf(STATUS, frame);
    return envelope && decodeStatus(envelope.payload, (reader) => readViews(reader, this.cluster));
  }

  /** What a replica says of itself; null for what it only passes on, and for other messages. */
  statusHeard(input: Input): Status<readonly number[]> | null {
    if (input.kind !== "frame") return null;
    const envelope = this.scheme.open(input.bytes);
    const isFirstHand = envelope?.type === STATUS && envelope.sender === input.from;
    return isFirstHand
      ? decodeStatus(envelope.payload, (reader) => readViews(reader, this.cluster))
      : null;
  }

  viewChangeIn(frame: Uint8Array): ViewChange<Uint8Array> | null {
    const envelope = this.#ownOf(VIEW_CHANGE, frame);
    return envelope && decodeViewChange(envelope.payload, this.cluster);
  }

  viewChange(message: ViewChange<Uint8Array>): Uint8Array {
    const payload = encodeViewChange(passedOff(message));
    return this.scheme.seal({ type: VIEW_CHANGE, payload }, "all");
  }

  newViewIn(frame: Uint8Array): NewView<Uint8Array> | null {
    const envelope = this.#ownOf(NEW_VIEW, frame);
    return envelope && decodeNewView(envelope.payload, this.cluster);
  }

  newView(message: NewView<Uint8Array>): Uint8Array {
    const payload = encodeNewView(passedOff(message));
    return this.scheme.seal({ type: NEW_VIEW, payload }, "all");
  }

  /** Of a VIEW-CHANGE frame, whoever sent it; null if it is malformed. */
  claimsIn(frame: Uint8Array): ViewChangeClaims | null {
    const envelope = this.scheme.open(frame);
    const found = envelope && readViewChange(this.#reading, envelope.frame.slice());
    return typeof found === "string" ? null : found;
  }

  /** The set O that these claims lead to. */
  proposalsFrom(view: number, claims: readonly ViewChangeClaims[]): readonly Uint8Array[] {
    return select(claims).chosen.map((choice) => this.bareProposal({ view, ...choice }));
  }

  get #reading() {
    return { scheme: this.scheme, cluster: this.cluster };
  }

  #ownOf(type: number, frame: Uint8Array): Envelope | null {
    const envelope = this.own(frame);
    return envelope?.type === type ? envelope : null;
  }
}
