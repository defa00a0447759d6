/** The message log: what is known about each sequence number (reference 1.3, 1.6). */
import { NULL_DIGEST } from "../audit.ts";
import { type Batch, NULL_BATCH } from "../request.ts";

export interface SignedVote {
  readonly view: number;
  readonly digest: string;
  readonly frame: Uint8Array;
}

/** `prepared(v,n,d)` with the messages that prove it. */
export interface PreparedCertificate {
  readonly view: number;
  readonly digest: string;
  readonly prePrepare: Uint8Array;
  /** Q-1 matching PREPAREs of different backups, by replica. */
  readonly prepares: readonly (readonly [replica: number, frame: Uint8Array])[];
}

/** Q matching COMMITs of one view: the number is decided, in whatever view we are (1.6). */
export interface CommitCertificate {
  readonly view: number;
  readonly digest: string;
  readonly commits: readonly (readonly [replica: number, frame: Uint8Array])[];
}

/** More views than any honest replica commits one number in, before it is decided. */
const VIEWS_PER_REPLICA_MAX = 8;

/**
 * COMMITs for one number, one for each replica and view (1.6). Not the newest view only: a peer
 * that decided in an old view proves it with COMMITs of that view, whatever was committed again
 * since.
 */
export class CommitVotes {
  readonly #byReplica = new Map<number, Map<number, SignedVote>>();

  of(replica: number, view: number): SignedVote | undefined {
    return this.#byReplica.get(replica)?.get(view);
  }

  /** The first of a replica in a view counts; of too many views the lowest is forgotten. */
  add(replica: number, vote: SignedVote): void {
    const votes = this.#byReplica.get(replica) ?? new Map<number, SignedVote>();
    this.#byReplica.set(replica, votes);
    if (votes.has(vote.view)) return;
    votes.set(vote.view, vote);
    if (votes.size > VIEWS_PER_REPLICA_MAX) votes.delete(Math.min(...votes.keys()));
  }

  matching(view: number, digest: string): (readonly [replica: number, vote: SignedVote])[] {
    const found: (readonly [number, SignedVote])[] = [];
    for (const [replica, votes] of this.#byReplica) {
      const vote = votes.get(view);
      if (vote?.digest === digest) found.push([replica, vote]);
    }
    return found;
  }
}

export class Slot {
  readonly sequence: number;
  /** The PRE-PREPARE accepted in the current view (or the NEW-VIEW's choice). */
  accepted: SignedVote | null = null;
  /** PREPAREs of the current view, one per backup, the first wins. */
  readonly prepares = new Map<number, SignedVote>();
  readonly commits = new CommitVotes();
  /** The certificate of the highest view; survives view changes (1.9). */
  certificate: PreparedCertificate | null = null;
  decided: CommitCertificate | null = null;
  readonly bodies = new Map<string, Batch>();
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
    this.prepares.clear();
  }
}

/** Slots above `min(h, lastExec)`; bounded by the window. */
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

  discardUpTo(sequence: number): void {
    for (const key of this.#slots.keys()) {
      if (key <= sequence) this.#slots.delete(key);
    }
  }

  get size(): number {
    return this.#slots.size;
  }
}
