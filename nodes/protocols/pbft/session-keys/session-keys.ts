/**
 * Which keys are in force, and telling those who are to use them (protocols §2.9): chosen anew at
 * every start and after so long, repeated to whoever does not use them yet.
 */
import type { UnsignedAuthenticator } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import type { ReceivingKeys } from "../../contract/key-exchange.ts";
import { RateLimit } from "../../rate-limit.ts";
import { type Reader, sameBytes, Writer } from "../../wire/codec.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend } from "../resending.ts";
import type { Answer, Arrival, Route } from "../route.ts";
import { sayAgain } from "../status.ts";
import type { Upkeep } from "../upkeep.ts";
import { decodeNewKey, encodeNewKey, NEW_KEY, type NewKey, newKeyBytes } from "./new-key.ts";
import { SessionVectors } from "./session-vectors.ts";

/** The counter of the last keys: before they are told to anybody. */
const RECORD = 20;

/** STATUS periods after which there are new keys. */
const KEYS_LAST_PERIODS = 64;
/** STATUS periods for which the keys before still count for who does not use the new ones. */
const OVERLAP_PERIODS = 2;
/** Of one peer in a STATUS period: an honest one has new keys, and may have been started again. */
const NEW_KEYS_PER_PERIOD = 2;

export class SessionKeys implements Upkeep {
  readonly scheme: SessionVectors;
  readonly routes: ReadonlyMap<number, Route>;
  readonly #state: ReplicaState;
  readonly #others: readonly NodeId[];
  readonly #limit: RateLimit;
  #counter = 0;
  /** NEW-KEY of this replica; null until it speaks. */
  #frame: Uint8Array | null = null;
  #chosenAt = 0;
  /** The NEW-KEY of each other replica that counts here: for the day on which it forgot it. */
  readonly #held = new Map<NodeId, { readonly counter: number; readonly frame: Uint8Array }>();

  constructor(state: ReplicaState, authenticator: UnsignedAuthenticator) {
    const { cluster, id, meter } = state;
    this.#state = state;
    this.#others = replicasBut(id, cluster.replicas);
    this.#limit = new RateLimit({
      perPeriod: NEW_KEYS_PER_PERIOD,
      periodMs: cluster.timers.statusMs,
    });
    this.scheme = new SessionVectors(cluster, authenticator, { meter, clock: state });
    this.routes = new Map([[NEW_KEY, this.#route()]]);
  }

  records(): readonly Uint8Array[] {
    return [new Writer(16).u8(RECORD).u64(this.#counter).finish()];
  }

  readBack(kind: number, body: Reader): boolean {
    if (kind !== RECORD) return false;
    this.#counter = Math.max(this.#counter, body.u64());
    return true;
  }

  /** What was in force before is forgotten with everything else in memory. */
  started(): void {
    this.#choose({ asks: true });
  }

  period(): void {
    const { now, cluster } = this.#state;
    const ageMs = now - this.#chosenAt;
    if (ageMs >= KEYS_LAST_PERIODS * cluster.timers.statusMs) this.#choose({ asks: false });
    // What was sent a moment ago is still on its way.
    else if (ageMs >= cluster.timers.statusMs / 2) this.#repeat();
  }

  /**
   * Larger than before by what the disk remembers; by the clock where the disk is another one or an
   * older one; and by what others show where the clock starts anew as well (`#goPast`).
   */
  #choose({ asks }: Pick<NewKey, "asks">): void {
    const state = this.#state;
    const counter = Math.max(this.#counter + 1, Math.floor(state.now));
    const about = this.scheme.about(state.id, counter);
    const { keys, sealed } = this.scheme.exchange.choose(this.#others, about);
    this.#counter = counter;
    this.#chosenAt = state.now;
    for (const [at, sender] of this.#others.entries()) {
      this.#expect(sender, keys[at] as Uint8Array);
    }
    this.#frame = this.scheme.newKey(encodeNewKey({ counter, asks, sealed }));
    state.persistAll(this.records());
    state.audit({ e: "keys", of: state.id, counter });
    state.effects.broadcast(this.#frame);
  }

  #expect(sender: NodeId, key: Uint8Array): void {
    const { now, cluster } = this.#state;
    const { receiving } = this.scheme.exchange.ring;
    const until = now + OVERLAP_PERIODS * cluster.timers.statusMs;
    const before = receiving.get(sender);
    const current = { counter: this.#counter, key };
    const previous = before ? { key: before.current, until } : null;
    receiving.set(sender, { current, previous, isUsed: false } satisfies ReceivingKeys);
  }

  #repeat(): void {
    for (const [sender, { isUsed }] of this.scheme.exchange.ring.receiving) {
      if (!isUsed && this.#frame) resend(this.#state, sender, this.#frame);
    }
  }

  #route(): Route<NewKey> {
    const { id } = this.#state;
    const { exchange } = this.scheme;
    // Before it is verified: a signature is over all of it, however long it is.
    const payloadBytes = newKeyBytes(exchange.sealedBytes(this.#others.length));
    return {
      name: "NEW-KEY",
      // What is this replica's own others bring, and nobody brings what is of a third.
      firstHand: false,
      ownIsNews: true,
      decode({ payload }) {
        const newKey = payload.length === payloadBytes ? decodeNewKey(payload) : null;
        return newKey ?? "malformed";
      },
      check: ({ counter }, { sender, from, envelope }) => {
        if (sender !== id && sender !== from) return { refused: "second hand" };
        const known = sender === id ? this.#frame : this.#held.get(sender)?.frame;
        if (known && sameBytes(known, envelope.frame)) return "no";
        if (sender === id && counter < this.#counter) return "no";
        return this.#limit.take(from, this.#state.now) ? "yes" : { refused: "rate" };
      },
      take: (newKey, arrival) =>
        arrival.sender === id ? this.#goPast(newKey) : this.#take(newKey, arrival),
    };
  }

  /** It signed this before it lost disk and clock: all that hold it refuse what is not above it. */
  #goPast({ counter }: NewKey): "yes" {
    this.#counter = counter;
    this.#choose({ asks: true });
    return "yes";
  }

  #take({ counter, asks, sealed }: NewKey, { sender, envelope }: Arrival): Answer {
    const { id, cluster } = this.#state;
    const { exchange } = this.scheme;
    const held = this.#held.get(sender);
    if (held && counter <= held.counter) {
      resend(this.#state, sender, held.frame);
      return "no";
    }
    const at = replicasBut(sender, cluster.replicas).indexOf(id);
    const key = exchange.open(sender, sealed, { at, about: this.scheme.about(sender, counter) });
    if (key === null) return { refused: "not sealed" };
    exchange.ring.sending.set(sender, { counter, key });
    this.#held.set(sender, { counter, frame: envelope.frame.slice() });
    this.#state.audit({ e: "keys", of: sender, counter });
    if (asks && this.#frame) {
      resend(this.#state, sender, this.#frame);
      // There was no key for what was said to it since it started.
      sayAgain(this.#state, sender);
    }
    return "yes";
  }
}

function replicasBut(node: NodeId, replicas: number): readonly NodeId[] {
  return Array.from({ length: replicas }, (_, replica) => replica).filter(
    (replica) => replica !== node,
  );
}
