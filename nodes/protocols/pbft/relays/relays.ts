/**
 * Who knows that an author said something, where nothing is signed and a channel shows only who
 * speaks at the other end (Lamport's first way of doing without signatures; protocols §19). A
 * replica tells all others what it heard from an author itself: it relays. Of f+1 relayers one is
 * good and does not lie, of 2f+1 so many are that everybody will hear of it from enough of them.
 */
import type { NodeId } from "../../contract/core.ts";
import type { ClusterSize } from "../../quorum.ts";
import { Sayings, type Statement } from "./sayings.ts";

declare const isKnown: unique symbol;
declare const isSpread: unique symbol;

/** This replica is certain that the author said it. Nobody else need ever be. */
export type K1 = Statement & { readonly [isKnown]: "here" };

/**
 * Every good replica is certain of it or will be, whatever the author does from now on. What others
 * have to follow rests on this one, and only `Relays` makes it: where it is asked for, K1 does not
 * compile.
 */
export type K2 = K1 & { readonly [isSpread]: "everywhere" };

export interface RelayLimits {
  /** Authors that one relayer may speak of at once. */
  readonly authorsMax: number;
  /** Slots of one author that one relayer may speak of at once, the highest ones. */
  readonly slotsMax: number;
  /** The slot that stays, however many higher ones come, and the only one that is relayed. */
  awaited?(): number;
}

export class Relays {
  readonly #self: NodeId;
  readonly #faultsMax: number;
  readonly #limits: RelayLimits;
  /** What came over its author's own channel. */
  readonly #heard: Sayings;
  /** What each replica relays, this one included. */
  readonly #relayed: readonly Sayings[];

  constructor(self: NodeId, { replicas, faultsMax }: ClusterSize, limits: RelayLimits) {
    this.#self = self;
    this.#faultsMax = faultsMax;
    this.#limits = limits;
    // An honest replica relays no more digests of one slot than there are good replicas: each of
    // them was the first that some good one heard (rule 1 of protocols §19.2).
    const bounded = { ...limits, digestsMax: replicas };
    this.#heard = new Sayings(bounded);
    this.#relayed = Array.from({ length: replicas }, () => new Sayings(bounded));
  }

  /** Does this replica relay it? */
  isRelayed(statement: Statement): boolean {
    return this.#ownSayings.has(statement);
  }

  /** What this replica relays. */
  own(): readonly Statement[] {
    return [...this.#ownSayings.all()];
  }

  /** It relayed this before it started again. */
  recall(statement: Statement): void {
    this.#ownSayings.add(statement);
  }

  get size(): number {
    return this.#relayed.reduce((sum, { size }) => sum + size, this.#heard.size);
  }

  /**
   * It came from its author itself, or is this replica's own.
   * @returns whether this replica relays it from now on, and has to tell the others
   */
  hear(statement: Statement): boolean {
    // Of a slot the first digest only: a liar would make everybody relay without end.
    const isFirst = !this.#heard.hasSlot(statement);
    return this.#heard.add(statement) && isFirst && this.#relay(statement);
  }

  /**
   * @param by the proven peer of the channel that brought it: nobody relays for another
   * @returns whether this replica relays it from now on, and has to tell the others
   */
  hearOf(by: NodeId, statement: Statement): boolean {
    // What an author relays of itself says nothing that its own message does not.
    if (by === this.#self || by === statement.author) return false;
    if (!this.#relayed[by]?.add(statement)) return false;
    return this.#isRelayedByEnough(statement) && this.#relay(statement);
  }

  /**
   * Another slot is awaited from now on.
   *
   * @returns what enough others relayed of it before: this replica relays it, and has to tell them
   */
  due(): readonly Statement[] {
    const said = this.#relayed.flatMap((sayings) => [...sayings.all()]);
    return said.filter((each) => this.#isRelayedByEnough(each) && this.#relay(each));
  }

  certain(statement: Statement): K1 | null {
    const isCertain = this.#heard.has(statement) || this.#isRelayedByEnough(statement);
    return isCertain ? (statement as K1) : null;
  }

  /** What this replica says itself it says to everybody. */
  spread(statement: Statement): K2 | null {
    const isOwn = statement.author === this.#self && this.#heard.has(statement);
    const isSpread = isOwn || this.vouchers(statement) > 2 * this.#faultsMax;
    return isSpread ? (statement as K2) : null;
  }

  /**
   * Distinct replicas that vouch for it: whoever relays it, this one included, and the author, if
   * it is a replica and said so to this one.
   */
  vouchers(statement: Statement): number {
    const { author } = statement;
    let vouchers = this.relayers(statement).length;
    if (this.#ownSayings.has(statement)) vouchers += 1;
    if (author < this.#relayed.length && this.#heard.has(statement)) vouchers += 1;
    return vouchers;
  }

  /** Those beside the author and this replica that relay it. */
  relayers(statement: Statement): readonly NodeId[] {
    const relayers: NodeId[] = [];
    for (const [by, sayings] of this.#relayed.entries()) {
      if (by !== this.#self && sayings.has(statement)) relayers.push(by);
    }
    return relayers;
  }

  get #ownSayings(): Sayings {
    return this.#relayed[this.#self] as Sayings;
  }

  #isRelayedByEnough(statement: Statement): boolean {
    return this.relayers(statement).length > this.#faultsMax;
  }

  #relay(statement: Statement): boolean {
    const awaited = this.#limits.awaited?.() ?? statement.slot;
    if (statement.author === this.#self || statement.slot !== awaited) return false;
    return this.#ownSayings.add(statement);
  }
}
