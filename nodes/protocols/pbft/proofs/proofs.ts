/**
 * Who vouches for whom (protocols §22.2): a replica that becomes certain of what may have to be
 * shown tells all others at once, and asks those for their word that have not given it.
 */

import { assert } from "../../assert.ts";
import type { Content, ProofFrame } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { RateLimit } from "../../rate-limit.ts";
import type { Envelope } from "../../wire/envelope.ts";
import type { Provable, Prover } from "../certificates/provable.ts";
import { CHECKPOINT, NEW_VIEW, VIEW_CHANGE } from "../messages.ts";
import { readingCost } from "../reading-cost.ts";
import type { ReplicaState } from "../replica-state.ts";
import { encodeProve, PROVE, type Saying } from "./messages.ts";
import type { ProofVectors } from "./proof-vectors.ts";
import { Proving } from "./proving.ts";
import { Provings } from "./provings.ts";
import { Vouches } from "./vouches.ts";

/** @property vouch its VOUCH, if this replica gives that now: not twice, nor for its own words */
interface Begun {
  readonly proving: Proving;
  readonly vouch: Uint8Array | null;
}

/** In one STATUS period, by what it costs to read them; peers answer twice as many. */
const ASKED_PER_PERIOD = 32;
/** Of those at once, for what others bring with a proof of theirs. */
const ASKED_AT_ONCE = 16;
/** CHECKPOINTs of one author in a STATUS period, beside those that the window has room for. */
const CHECKPOINTS_PER_PERIOD = 8;

export class Proofs implements Prover {
  readonly scheme: ProofVectors;
  readonly vouches = true;
  /** For what was not heard yet. */
  readonly early: Vouches;
  readonly #state: ReplicaState;
  readonly #provings: Provings;
  readonly #checkpoints: RateLimit;
  /** The last CHECKPOINT of each author that the window had room for. */
  readonly #lastInWindow = new Map<NodeId, number>();
  /** By who brought it. */
  readonly #askedAtOnce: RateLimit;
  /** Since the period began. */
  #askedSoFar = 0;

  constructor(state: ReplicaState, scheme: ProofVectors) {
    const { window, replicas, timers } = state.cluster;
    this.scheme = scheme;
    this.#state = state;
    // Two votes on each number, in this view and in the one before.
    this.#provings = new Provings(4 * window);
    this.early = new Vouches(window * (replicas + 1));
    const periodMs = timers.statusMs;
    this.#checkpoints = new RateLimit({ perPeriod: CHECKPOINTS_PER_PERIOD, periodMs });
    const ofEach = Math.max(1, Math.floor(ASKED_AT_ONCE / (replicas - 1)));
    this.#askedAtOnce = new RateLimit({ perPeriod: ofEach, periodMs });
  }

  said(content: Content): Provable {
    return this.#begin(this.scheme.seal(content, "all")).proving;
  }

  heard(envelope: Envelope, from: NodeId): Provable {
    const frame = envelope.frame.slice();
    if (!this.scheme.isProvable(envelope)) return { frame, proof: null };
    if (!this.scheme.isProof(envelope)) return this.#vouchFor(frame);
    // It convinces this replica, and perhaps nobody else: whoever made it may have spoiled what is
    // for others. So it is no more than a message of its author, to be proved like any other.
    if (envelope.type !== CHECKPOINT) return { frame, proof: null };
    const saying = this.scheme.sayingOf(envelope);
    if (this.#lags(saying)) return this.#goBy(saying, frame);
    const proving = this.#vouchFor(frame);
    if (!proving.proof) this.#askAtOnce(proving, { frame, from });
    return proving;
  }

  /**
   * Who lags may do so: a checkpoint that it tells of the others know for themselves. Once it has
   * executed as much it is one of those, and this is no proof any more.
   */
  #goBy(saying: Saying, frame: Uint8Array): Provable {
    const proofOf = () => this.named(saying)?.proof ?? null;
    const brought = this.scheme.written(frame);
    const known = this.named(saying);
    if (known) known.isShown = true;
    const lags = () => this.#lags(saying);
    return {
      frame,
      get proof() {
        return lags() ? brought : proofOf();
      },
    };
  }

  /** Behind what the CHECKPOINT is of. */
  #lags({ sequence }: Saying): boolean {
    return sequence > this.#state.lastExec;
  }

  heardWith(envelope: Envelope, holds: () => boolean): Provable {
    return this.#vouchFor(envelope.frame.slice(), holds);
  }

  /** Whoever is certain of the whole is certain of its parts, whatever their own entries say. */
  contained(envelope: Envelope): Provable {
    return this.#vouchFor(envelope.frame.slice());
  }

  recalled(frame: Uint8Array): Provable {
    const envelope = this.scheme.open(frame);
    assert(envelope !== null, "what is read back was read before");
    if (!this.scheme.isProof(envelope)) return this.#begin(frame).proving;
    return { frame, proof: null };
  }

  prove(frame: Uint8Array): ProofFrame | null {
    return this.scheme.prove(frame);
  }

  written(frame: Uint8Array): ProofFrame {
    return this.scheme.written(frame);
  }

  /** Of what this replica is certain, if it still matters. */
  named(saying: Saying): Proving | undefined {
    return this.#provings.named(saying);
  }

  /** It is never shown to anybody any more. */
  isOver({ type, view, sequence }: Saying): boolean {
    const { marks, cluster, view: current, active } = this.#state;
    if (type === NEW_VIEW) return view < current;
    if (type === VIEW_CHANGE) return view < current || (view === current && active);
    if (sequence <= marks.stable) return true;
    return type !== CHECKPOINT && (view < current || sequence > marks.top + cluster.window);
  }

  /** A STATUS period is over: asks who has not vouched for what is to be shown in this view. */
  period(): void {
    const { cluster, now } = this.#state;
    this.#provings.forget((saying) => this.isOver(saying));
    const settledBefore = now - cluster.timers.statusMs / 2;
    const sought = [...this.#provings.all()].filter(
      (proving) => proving.since <= settledBefore && this.#isSought(proving),
    );
    let asked = this.#askedSoFar;
    this.#askedSoFar = 0;
    for (const proving of inTurn(sought)) {
      if (asked >= ASKED_PER_PERIOD) return;
      asked += readingCost(proving.envelope);
      this.#ask(proving);
    }
  }

  #isSought({ proof, saying, isShown }: Proving): boolean {
    const { view, isPrimary, log } = this.#state;
    const { type, sequence } = saying;
    if (proof !== null) return false;
    if (type === CHECKPOINT) return !(isShown && this.#lags(saying));
    if (saying.view !== view) return false;
    if (type === VIEW_CHANGE) return isPrimary;
    return type === NEW_VIEW || log.get(sequence)?.prepared?.view !== view;
  }

  /** With the proof that was brought: by what another brought they may not be convinced. */
  #askAtOnce(
    proving: Proving,
    { frame, from }: { readonly frame: Uint8Array; readonly from: NodeId },
  ): void {
    if (this.#askedSoFar >= ASKED_AT_ONCE) return;
    if (!this.#askedAtOnce.take(from, this.#state.now)) return;
    this.#askedSoFar += readingCost({ frame });
    this.#ask(proving, frame);
  }

  /** @param frame what shows those who are asked that they were told of it, or may believe it */
  #ask(proving: Proving, frame = proving.frame): void {
    const { cluster, id, effects } = this.#state;
    proving.asked += 1;
    this.#vouchLate(proving);
    const content = { type: PROVE, payload: encodeProve(frame) };
    for (let replica = 0; replica < cluster.replicas; replica++) {
      if (replica === id || proving.isVouchedBy(replica)) continue;
      effects.send(replica, this.scheme.seal(content, replica));
    }
  }

  /** What stands in it may have been in doubt here when it came. */
  #vouchLate(proving: Proving): void {
    const { id } = this.#state;
    if (proving.saying.author === id || proving.isVouchedBy(id) || !proving.isVouchedFor) return;
    proving.vouched(id, this.scheme.vectorOf(this.scheme.vouchFor(proving.saying)));
  }

  /** Of what this replica is certain: it vouches, and waits for others to. */
  #begin(frame: Uint8Array, holds?: () => boolean): Begun {
    const envelope = this.scheme.open(frame);
    assert(envelope !== null, "what this replica is certain of is well-formed");
    const proving = new Proving(this.scheme, envelope, this.#state.now, holds);
    const { saying } = proving;
    // Its author said it, whatever of its vector is good: who spoils it is one of the f.
    const word = this.scheme.isProof(envelope) ? null : envelope.authentication;
    const known = this.named(saying);
    if (known) {
      if (word) known.vouched(saying.author, word);
      return { proving: known, vouch: null };
    }
    this.#provings.keep(proving);
    if (word) proving.vouched(saying.author, word);
    const { id } = this.#state;
    const isVouchedFor = saying.author !== id && proving.isVouchedFor;
    const vouch = isVouchedFor ? this.scheme.seal(this.scheme.vouchFor(saying), "all") : null;
    if (vouch) proving.vouched(id, this.scheme.vectorIn(vouch));
    for (const [voucher, vector] of this.early.take(saying)) {
      proving.vouched(voucher, vector);
    }
    return { proving, vouch };
  }

  /** The first time that it is heard, others are told. */
  #vouchFor(frame: Uint8Array, holds?: () => boolean): Proving {
    const { proving, vouch } = this.#begin(frame, holds);
    if (vouch) this.#tell(proving.saying, vouch);
    return proving;
  }

  /** Of a VIEW-CHANGE nobody makes anything but the primary of its view. */
  #tell(saying: Saying, vouch: Uint8Array): void {
    const { effects, id } = this.#state;
    if (saying.type === VIEW_CHANGE) {
      const primary = this.#state.primary(saying.view);
      if (primary !== id) effects.send(primary, vouch);
      return;
    }
    if (saying.type === CHECKPOINT && !this.#mayTell(saying)) return;
    effects.broadcast(vouch);
  }

  /** Numbers that rise within the window come with work; a liar names others without end. */
  #mayTell({ author, sequence }: Saying): boolean {
    const { marks, cluster, now } = this.#state;
    const isNext = sequence > (this.#lastInWindow.get(author) ?? 0);
    if (!isNext || sequence > marks.stable + cluster.window) {
      return this.#checkpoints.take(author, now);
    }
    this.#lastInWindow.set(author, sequence);
    return true;
  }
}

/**
 * One of each author, then another one of each: what was asked for least often first. A liar has as
 * much to be proved as it likes that never can be, and must not stand before others with it.
 */
function inTurn(sought: readonly Proving[]): readonly Proving[] {
  const byAuthor = Map.groupBy(sought, ({ saying }) => saying.author);
  return [...byAuthor.values()]
    .flatMap((ofAuthor) => ofAuthor.toSorted(byAsked).map((proving, turn) => ({ proving, turn })))
    .toSorted((a, b) => a.turn - b.turn || byAsked(a.proving, b.proving))
    .map(({ proving }) => proving);
}

function byAsked(a: Proving, b: Proving): number {
  return a.asked - b.asked;
}
