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
import type { ReplicaState } from "../replica-state.ts";
import { encodeProve, PROVE, type Saying } from "./messages.ts";
import type { ProofVectors } from "./proof-vectors.ts";
import { Proving } from "./proving.ts";
import { Provings } from "./provings.ts";
import { Vouches } from "./vouches.ts";

/** In one STATUS period; peers answer twice as many. */
const ASKED_PER_PERIOD = 32;
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

  constructor(state: ReplicaState, scheme: ProofVectors) {
    const { window, replicas, timers } = state.cluster;
    this.scheme = scheme;
    this.#state = state;
    // Two votes on each number, in this view and in the one before.
    this.#provings = new Provings(4 * window);
    this.early = new Vouches(window * (replicas + 1));
    this.#checkpoints = new RateLimit({
      perPeriod: CHECKPOINTS_PER_PERIOD,
      periodMs: timers.statusMs,
    });
  }

  said(content: Content): Provable {
    return this.#begin(this.scheme.seal(content, "all")).proving;
  }

  heard(envelope: Envelope): Provable {
    if (!this.scheme.isProvable(envelope)) return { frame: envelope.frame.slice(), proof: null };
    if (!this.scheme.isProof(envelope)) return this.#vouchFor(envelope.frame.slice());
    const proof = this.scheme.proofIn(envelope);
    this.named(this.scheme.sayingOf(envelope))?.shown(proof);
    return { frame: proof, proof };
  }

  /** Whoever is certain of the whole is certain of its parts, whatever their own entries say. */
  contained(envelope: Envelope): Provable {
    return this.#vouchFor(envelope.frame.slice());
  }

  recalled(frame: Uint8Array): Provable {
    const envelope = this.scheme.open(frame);
    assert(envelope !== null, "what is read back was read before");
    if (!this.scheme.isProof(envelope)) return this.#begin(frame).proving;
    return { frame, proof: this.scheme.written(frame) };
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
    for (const proving of inTurn(sought).slice(0, ASKED_PER_PERIOD)) this.#ask(proving);
  }

  #isSought({ proof, saying }: Proving): boolean {
    const { view, isPrimary, log } = this.#state;
    const { type, sequence } = saying;
    if (proof !== null) return false;
    if (type === CHECKPOINT) return true;
    if (saying.view !== view) return false;
    if (type === VIEW_CHANGE) return isPrimary;
    return type === NEW_VIEW || log.get(sequence)?.prepared?.view !== view;
  }

  #ask(proving: Proving): void {
    const { cluster, id, effects } = this.#state;
    proving.asked += 1;
    const content = { type: PROVE, payload: encodeProve(proving.frame) };
    for (let replica = 0; replica < cluster.replicas; replica++) {
      if (replica === id || proving.isVouchedBy(replica)) continue;
      effects.send(replica, this.scheme.seal(content, replica));
    }
  }

  /**
   * Of what this replica is certain: it vouches, and waits for others to.
   *
   * @returns with its VOUCH, if it gives that here: not twice, nor for what it said itself
   */
  #begin(frame: Uint8Array): { readonly proving: Proving; readonly vouch: Uint8Array | null } {
    const envelope = this.scheme.open(frame);
    assert(envelope !== null, "what this replica is certain of is well-formed");
    const proving = new Proving(this.scheme, envelope, this.#state.now);
    const { saying } = proving;
    const known = this.named(saying);
    if (known) return { proving: known, vouch: null };
    this.#provings.keep(proving);
    const { id } = this.#state;
    // Its author said it, whatever of its vector is good: who spoils it is one of the f.
    proving.vouched(saying.author, envelope.authentication);
    const isOwn = saying.author === id;
    const vouch = isOwn ? null : this.scheme.seal(this.scheme.vouchFor(saying), "all");
    if (vouch) proving.vouched(id, this.scheme.vectorIn(vouch));
    for (const [voucher, vector] of this.early.take(saying)) {
      proving.vouched(voucher, vector);
    }
    return { proving, vouch };
  }

  /** The first time that it is heard, others are told. */
  #vouchFor(frame: Uint8Array): Provable {
    const { proving, vouch } = this.#begin(frame);
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
