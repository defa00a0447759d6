/**
 * Everything in which the variants of PBFT differ, on one page. The core counts: votes, digests,
 * who asks for which view. The variant proves: what stands behind a message, who else can be
 * convinced by it, and so what a view change rests on.
 */
import type { AuthenticationScheme, Content } from "../authentication/scheme.ts";
import type { AuditEvent } from "../contract/audit.ts";
import type { NodeId } from "../contract/core.ts";
import type { Reader } from "../wire/codec.ts";
import type { Batch, Request } from "../wire/request.ts";
import type { CountedCheckpoint, StableCheckpoint } from "./checkpoint-store.ts";
import type { CountedVote, Slot } from "./log.ts";
import type { CheckpointVote, Status, Vote } from "./messages.ts";
import type { HearOf } from "./relays/sayings.ts";
import type { Answer, Arrival, Route } from "./route.ts";
import type { Upkeep } from "./upkeep.ts";
import type { AskedView, ViewChanges } from "./view-changes.ts";

export interface Variant extends OrderedRequests {
  readonly scheme: AuthenticationScheme;
  /** What stands behind a REPLY, where that is something else. */
  readonly replies?: AuthenticationScheme | undefined;
  readonly marks: Marks;
  /**
   * The checkpoint whose state is fetched by who has not executed up to it: it need not be stable
   * where the word of f+1 replicas is enough to install it.
   */
  readonly target: StableCheckpoint;
  readonly evidence: Evidence;
  readonly views: ViewRules;
  readonly retransmission: Retransmission;
  readonly requests: RequestRules;
  /** Null: there is nothing to keep up. */
  readonly upkeep: Upkeep | null;
  /** Messages that only this variant has, or reads in its own way. */
  readonly routes: ReadonlyMap<number, Route>;
}

export interface OrderedRequests {
  /** May a request inside a PRE-PREPARE for this be ordered? It asks, and writes nothing down. */
  mayBeOrdered(request: Request, vote: Vote): MayBeOrdered;
}

/** With what others vouch by, where nothing else shows here that its client made it. */
export type MayBeOrdered =
  | Answer
  | { readonly believed: Extract<AuditEvent, { e: "believed" }>["on"] };

/** What becomes of a client's request until it is ordered. */
export interface RequestRules {
  /** Clients tell all replicas at once: none forwards what is new to it. */
  readonly isToldToAll?: boolean;
  /** Before it is authenticated: is it worth that? Without this rule it is. */
  mayBeRead?(request: Request, arrival: Arrival): Answer;
  /** It is new, and authentic here: does it wait for sure, or only as long as others doubt it? */
  arrived(request: Request, arrival: Arrival): void;
  /** The same one came again from its client itself. */
  repeated?(request: Request): void;
  /**
   * Nothing shows here that its client made it, and it may have all the same. Without this rule it
   * is refused.
   */
  doubted?(request: Request, arrival: Arrival): Answer;
  /** Is it to wait in spite of another one that does, under the same timestamp or a newer one? */
  supersedes?(request: Request): boolean;
  /** Its client was served. */
  served?(client: NodeId): void;
  /** Another replica relays one. @returns whether this replica became certain of it */
  readonly hearOf?: HearOf;
  /** A period of STATUS is over. */
  period?(): void;
  /** What became due is sent. */
  flush?(): void;
}

/** Four readings of what the paper calls low and high. */
export interface Marks {
  /** The highest checkpoint that is stable here: what lies at or below it need not be kept. */
  readonly stable: number;
  /** What lies at or below it is not ordered in this view. */
  readonly floor: number;
  /** The highest number that is ordered beside those of X. */
  readonly top: number;
  /** Is the number in X, the choice of the NEW-VIEW, and so ordered however high it is? */
  isSelected(sequence: number): boolean;
}

/**
 * What stands behind what is counted, kept by hooks. Those that come before a message return what
 * must be durable before it leaves; the core writes it.
 */
export interface Evidence {
  /** Another replica's vote was counted. */
  heard(counted: CountedVote | CountedCheckpoint, arrival: Arrival): void;
  /** Others need this replica's word also for a vote that it has no use for itself. */
  readonly vouches: boolean;
  /** May something be agreed by it, since others can be shown it if need be? */
  isShown(counted: CountedVote | CountedCheckpoint): boolean;
  /** A digest was accepted with its body. @returns durable before PREPARE or PRE-PREPARE */
  prePrepared(slot: Slot, batch: Batch): Uint8Array;
  /** The digest of a slot was accepted from X, perhaps without its body. */
  selected(slot: Slot): void;
  /**
   * Can it be claimed that this one was prepared, too? What is not prepared for want of room is
   * tried again when a checkpoint is stable. Without this rule there always is.
   */
  hasRoomFor?(slot: Slot): boolean;
  /** @returns durable before COMMIT */
  prepared(slot: Slot, prepares: readonly CountedVote[]): Uint8Array;
  decided(slot: Slot, commits: readonly CountedVote[]): void;
  /** A decided number that was not prepared here. @returns durable before any reply for it */
  learned(slot: Slot, batch: Batch): Uint8Array;
  /**
   * A state up to there was executed, and a start will begin at it. Without this rule nothing more
   * than the state is needed to help those who lag. @returns durable before CHECKPOINT
   */
  covered?(sequence: number): readonly Uint8Array[];
  stable(checkpoint: StableCheckpoint, votes: readonly CountedCheckpoint[]): void;
  /** State was fetched and installed. */
  installed(checkpoint: CheckpointVote): void;
  /** The stable checkpoint. @returns durable before anything at or below it is discarded */
  stableRecord(): Uint8Array;
  /** What a log that is written anew keeps of a slot, apart from bodies. */
  slotRecords(slot: Slot): readonly Uint8Array[];
}

/** Leaving a view and entering one. */
export interface ViewRules {
  /** Who asks for which view, this replica included. */
  readonly asked: ViewChanges<AskedView>;
  /** VIEW-CHANGE of this replica for the view that it waits for. */
  readonly own: Content | null;
  /** A view was left for `state.view`. */
  left(): LeftView;
  /** Called after every input, since each may bring what was missing: enters the view if it can. */
  decide(): void;
  /** Does a choice that this replica is about to make wait for that body? */
  awaitsBody(sequence: number, digest: string): boolean;
  entered(view: EnteredView): void;
  /** What a log that is written anew keeps. */
  records(): readonly Uint8Array[];
  /** Reads back a record that is the variant's. @returns false if it is none */
  readBack(kind: number, body: Reader, found: FoundVotes): boolean;
  /** The view of the records that were read back. */
  restored(): RestoredView;
}

export interface LeftView {
  readonly content: Content;
  /** Durable before `content` is sent. */
  readonly record: Uint8Array;
  /** What is said to be prepared. */
  readonly prepared: readonly Vote[];
}

/** A view and what its NEW-VIEW chose. */
export interface EnteredView {
  readonly view: number;
  /** The checkpoint below everything chosen; entering does not make it stable. */
  readonly base: number;
  /** X: ascending, no gaps. */
  readonly chosen: readonly Omit<Vote, "view">[];
  /** The replicas whose VIEW-CHANGEs it rests on. */
  readonly from: readonly NodeId[];
  /** Durable before anything is sent in the view. */
  readonly record: Uint8Array;
  /** What those say, as far as it was seen here, for the audit log. */
  readonly claims: () => Extract<AuditEvent, { e: "claims" }>["of"];
  /** How it came to be believed, for the audit log. */
  readonly belief?: Pick<Extract<AuditEvent, { e: "newview" }>, "vouched" | "after">;
}

export interface RestoredView {
  readonly view: number;
  /** Null for view 0, and for a view that was not entered. */
  readonly entered: EnteredView | null;
  readonly active: boolean;
}

/** Votes that were accepted before a restart, of all views, in order. */
export type FoundVotes = { readonly sequence: number; readonly vote: CountedVote }[];

/** What convinces a peer that lags, and what it needs to hear of to be convinced. */
export interface Retransmission {
  /** The variant's own part of STATUS. */
  part(): Uint8Array;
  /** Reads the part of a peer. @returns null if it is malformed */
  readPart(reader: Reader): StatusPart | null;
  /** To a peer below the stable checkpoint. */
  convinceOfStable(peer: NodeId): void;
  /** To a peer that has not decided what is decided here. */
  convinceOfDecision(peer: NodeId, slot: Slot): void;
}

export interface StatusPart {
  /** What the peer lacks to leave or enter a view. */
  answer(peer: NodeId, status: Status<StatusPart>): void;
}
