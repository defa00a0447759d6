/** The message log: what is known about each sequence number (protocols §3.2). */
import type { Content } from "../authentication/scheme.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import { type Batch, NULL_BATCH } from "../wire/request.ts";

/** A vote as it is counted. What proves it to others, if anything does, the variant keeps. */
export interface CountedVote {
  readonly view: number;
  readonly digest: string;
  /** This replica's own word, sealed whenever it is sent; null for what somebody else said. */
  readonly own: Content | null;
}

/** That so many distinct replicas said the same of a number in one view. */
export interface Agreed {
  readonly view: number;
  readonly digest: string;
  readonly by: readonly number[];
}

/** That a number is decided, whatever the view. */
export type Decided = Omit<Agreed, "view">;

/** More views than any honest replica commits one number in, before it is decided. */
const VIEWS_PER_REPLICA_MAX = 8;
/** An honest replica commits one; what a liar adds pushes out its own older lies only. */
const DIGESTS_PER_VIEW_MAX = 4;

/**
 * COMMITs for one number, by replica, view and digest (protocols §6.4). Not the newest view only: a
 * peer that decided in an old view proves it with COMMITs of that view. Not the first digest only:
 * a liar that told this replica another one first stands in the certificate of everybody else, and
 * refusing that vote would keep the decision from us until the next checkpoint.
 */
export class CommitVotes {
  /** Oldest first. */
  readonly #byReplica = new Map<number, CountedVote[]>();

  /** Did the replica commit anything here in that view? */
  hasVoted(replica: number, view: number): boolean {
    return this.#byReplica.get(replica)?.some((vote) => vote.view === view) ?? false;
  }

  of(replica: number, view: number, digest: string): CountedVote | undefined {
    const votes = this.#byReplica.get(replica);
    return votes?.find((vote) => vote.view === view && vote.digest === digest);
  }

  by(replica: number): readonly CountedVote[] {
    return this.#byReplica.get(replica) ?? [];
  }

  add(replica: number, vote: CountedVote): void {
    if (this.of(replica, vote.view, vote.digest)) return;
    const votes = this.#byReplica.get(replica) ?? [];
    votes.push(vote);
    this.#byReplica.set(replica, withinBounds(votes, vote.view));
  }

  /** COMMITs of distinct replicas for (view, digest). */
  matching(view: number, digest: string): (readonly [replica: number, vote: CountedVote])[] {
    const found: (readonly [number, CountedVote])[] = [];
    for (const replica of this.#byReplica.keys()) {
      const vote = this.of(replica, view, digest);
      if (vote) found.push([replica, vote]);
    }
    return found;
  }
}

/** Of too many digests in the view the oldest is forgotten, of too many views the lowest. */
function withinBounds(votes: CountedVote[], view: number): CountedVote[] {
  if (votes.length <= DIGESTS_PER_VIEW_MAX) return votes;
  const inView = votes.filter((vote) => vote.view === view);
  if (inView.length > DIGESTS_PER_VIEW_MAX) return votes.filter((vote) => vote !== inView[0]);
  const views = new Set(votes.map((vote) => vote.view));
  if (views.size <= VIEWS_PER_REPLICA_MAX) return votes;
  const lowest = Math.min(...views);
  return votes.filter((vote) => vote.view !== lowest);
}

/** By digest; they are never taken away. */
class Bodies extends Map<string, Batch> {
  #bytes = 0;

  /** What all of them take. */
  get bytes(): number {
    return this.#bytes;
  }

  override set(digest: string, batch: Batch): this {
    this.#bytes += batch.bytes.length - (this.get(digest)?.bytes.length ?? 0);
    return super.set(digest, batch);
  }
}

/** The view that orders, and the last executed number. */
interface Progress {
  readonly view: number;
  readonly lastExec: number;
}

interface Range {
  readonly view: number;
  readonly above: number;
  readonly upTo: number;
}

export class Slot {
  readonly sequence: number;
  /** The PRE-PREPARE accepted in the current view (or the NEW-VIEW's choice). */
  accepted: CountedVote | null = null;
  /** PREPAREs of the current view, one per backup, the first wins. */
  readonly prepares = new Map<number, CountedVote>();
  readonly commits = new CommitVotes();
  /**
   * `prepared(v,n,d)` in the highest view in which it held here; survives view changes
   * (protocols §3.2).
   */
  prepared: Agreed | null = null;
  /** Q COMMITs of one view: the number is decided, in whatever view we are (protocols §6.4). */
  decided: Decided | null = null;
  readonly bodies = new Bodies();
  /** Of those that were fetched which ones are not on the disk. */
  readonly unwritten = new Set<string>();
  /** The primary of the current view signed a second digest for this number, and that was told. */
  equivocated = false;
  /** When this replica last did something for it of its own accord, ms. */
  touchedAt = 0;
  /** When the missing body was last asked for, ms. */
  bodyAskedAt = Number.NEGATIVE_INFINITY;

  constructor(sequence: number) {
    this.sequence = sequence;
    this.bodies.set(NULL_DIGEST, NULL_BATCH);
  }

  /** A view is left or entered: votes of the old one no longer count, what was proved stays. */
  forgetView(): void {
    this.accepted = null;
    this.equivocated = false;
    this.prepares.clear();
    // What was asked for may be another digest than this view needs.
    this.bodyAskedAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Bytes of what the view orders here, and of what is decided. What older views alone ordered is
   * kept and counts for nothing: a bad primary may have left it, and no view ever choose it.
   */
  orderedBytes(view: number): number {
    const ordered = this.accepted?.view === view ? this.accepted.digest : null;
    const decided = this.decided?.digest ?? null;
    return this.#bytesOf(ordered) + (decided === ordered ? 0 : this.#bytesOf(decided));
  }

  /** Of that what is to be executed yet or, where that is done, to be prepared for the others. */
  waitingBytes({ view, lastExec }: Progress): number {
    if (this.sequence > lastExec) return this.orderedBytes(view);
    const isAwaited = this.accepted?.view === view && this.prepared?.view !== view;
    if (!isAwaited || this.accepted?.digest === this.decided?.digest) return 0;
    return this.#bytesOf(this.accepted?.digest ?? null);
  }

  #bytesOf(digest: string | null): number {
    return digest === null ? 0 : (this.bodies.get(digest)?.bytes.length ?? 0);
  }
}

/** Slots above `min(h, logFloor)`: of a few windows, made for what was verified only. */
export class MessageLog {
  readonly #slots = new Map<number, Slot>();

  get(sequence: number): Slot | undefined {
    return this.#slots.get(sequence);
  }

  at(sequence: number): Slot {
    let slot = this.#slots.get(sequence);
    if (!slot) {
      slot = new Slot(sequence);
      this.#slots.set(sequence, slot);
    }
    return slot;
  }

  /** Ascending by sequence. */
  ascending(): Slot[] {
    return [...this.#slots.values()].sort((a, b) => a.sequence - b.sequence);
  }

  values(): Iterable<Slot> {
    return this.#slots.values();
  }

  /** Bytes of the bodies that the view has still to execute. */
  waitingBytes(progress: Progress): number {
    let bytes = 0;
    for (const slot of this.#slots.values()) bytes += slot.waitingBytes(progress);
    return bytes;
  }

  /** Of all bodies, whatever they are kept for. */
  get bodyBytes(): number {
    let bytes = 0;
    for (const { bodies } of this.#slots.values()) bytes += bodies.bytes;
    return bytes;
  }

  /** Of the bodies that the view orders at these numbers, executed or not. */
  orderedBytes({ view, above, upTo }: Range): number {
    let bytes = 0;
    for (const slot of this.#slots.values()) {
      if (slot.sequence > above && slot.sequence <= upTo) bytes += slot.orderedBytes(view);
    }
    return bytes;
  }

  discardUpTo(sequence: number): void {
    for (const key of this.#slots.keys()) {
      if (key <= sequence) this.#slots.delete(key);
    }
  }

  get size(): number {
    return this.#slots.size;
  }
}
