/**
 * What one replica says of the messages of others, or one author of itself: by author, slot and
 * digest. Bounded, so that a liar pushes out nothing but its own lies.
 */
import { assert } from "../../assert.ts";
import type { NodeId } from "../../contract/core.ts";

/** An author said one thing in one of its slots: a view, a timestamp. */
export interface Statement {
  readonly author: NodeId;
  readonly slot: number;
  /** Of the content. */
  readonly digest: string;
}

/** Takes what another replica relays. @returns whether this replica became certain of it */
export type HearOf = (by: NodeId, statement: Statement) => boolean;

export interface SayingLimits {
  /** Of too many authors the one goes of which nothing new was said for the longest time. */
  readonly authorsMax: number;
  /** Of too many slots of an author the lowest goes, unless it is awaited. */
  readonly slotsMax: number;
  /** Of too many digests in a slot the last one is not taken. */
  readonly digestsMax: number;
  /** The slot that stays, however many higher ones come. */
  awaited?(): number;
}

/** Of so many authors one more is kept until the oldest go. */
const AT_A_TIME = 64;

export class Sayings {
  readonly #limits: SayingLimits;
  readonly #byAuthor = new Map<NodeId, Map<number, string[]>>();

  constructor(limits: SayingLimits) {
    this.#limits = limits;
  }

  /** Statements that are kept. */
  get size(): number {
    let size = 0;
    for (const slots of this.#byAuthor.values()) {
      for (const digests of slots.values()) size += digests.length;
    }
    return size;
  }

  has({ author, slot, digest }: Statement): boolean {
    return this.#byAuthor.get(author)?.get(slot)?.includes(digest) ?? false;
  }

  /** Was anything said of this slot? */
  hasSlot({ author, slot }: Pick<Statement, "author" | "slot">): boolean {
    return this.#byAuthor.get(author)?.has(slot) ?? false;
  }

  *all(): Iterable<Statement> {
    for (const [author, slots] of this.#byAuthor) {
      for (const [slot, digests] of slots) {
        for (const digest of digests) yield { author, slot, digest };
      }
    }
  }

  /** @returns false if it was known, or is one too many */
  add(statement: Statement): boolean {
    const { author, slot, digest } = statement;
    if (this.has(statement)) return false;
    const slots = this.#byAuthor.get(author) ?? new Map<number, string[]>();
    const digests = slots.get(slot) ?? [];
    if (digests.length >= this.#limits.digestsMax) return false;
    slots.set(slot, [...digests, digest]);
    if (slots.size > this.#limits.slotsMax) slots.delete(this.#leastOf(slots));
    if (!slots.has(slot)) return false;
    this.#byAuthor.delete(author);
    this.#byAuthor.set(author, slots);
    this.#forgetOldest();
    return true;
  }

  #leastOf(slots: ReadonlyMap<number, unknown>): number {
    const awaited = this.#limits.awaited?.();
    return Math.min(...[...slots.keys()].filter((slot) => slot !== awaited));
  }

  /**
   * Some at a time: whoever looks for the oldest in a map goes through the places of all that have
   * left it, and a liar that names another author each time would have that done for each.
   */
  #forgetOldest(): void {
    const { authorsMax } = this.#limits;
    if (this.#byAuthor.size <= authorsMax + Math.floor(authorsMax / AT_A_TIME)) return;
    for (const author of this.#byAuthor.keys()) {
      if (this.#byAuthor.size <= authorsMax) break;
      this.#byAuthor.delete(author);
    }
    assert(this.#byAuthor.size <= authorsMax, "sayings stay within their bound");
  }
}
