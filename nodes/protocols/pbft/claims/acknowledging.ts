/**
 * VIEW-CHANGE-ACK (protocols §20.5): a vector convinces each reader of its own entry only, so those
 * whom it convinced say so to the new primary, and to whom it did not convince.
 */
import type { AuthenticationScheme, Content } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { RateLimit } from "../../rate-limit.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Route } from "../route.ts";
import { Acks } from "./acks.ts";
import { type Ack, decodeAck, encodeAck, type Reference, VIEW_CHANGE_ACK } from "./messages.ts";
import type { HeldViewChanges, ViewChangeClaims } from "./view-change.ts";
import type { Vouching, VouchingParts } from "./vouching.ts";

export class Acknowledging implements Vouching {
  readonly #state: ReplicaState;
  readonly #scheme: AuthenticationScheme;
  readonly #held: HeldViewChanges;
  readonly #acks = new Acks();
  readonly #limit: RateLimit;

  constructor({ state, scheme, held }: VouchingParts) {
    const { replicas, timers } = state.cluster;
    this.#state = state;
    this.#scheme = scheme;
    this.#held = held;
    this.#limit = new RateLimit({ perPeriod: 8 * replicas, periodMs: timers.statusMs });
  }

  get routes(): Vouching["routes"] {
    return [[VIEW_CHANGE_ACK, this.#route()]];
  }

  /** What is held is remembered there. */
  remember(): void {}

  records(): readonly Uint8Array[] {
    return [];
  }

  recall(): void {}

  /** Tells the primary of the view, unless that is this replica, or made it itself. */
  vouch(viewChange: ViewChangeClaims): void {
    const { view, replica } = viewChange;
    const primary = this.#state.primary(view);
    if (primary === this.#state.id || primary === replica) return;
    this.#state.effects.send(primary, this.#scheme.seal(ackFor(viewChange), primary));
    this.#state.audit({ e: "vouched", v: view, of: replica });
  }

  awaits(): void {}

  again(view: number, author: NodeId): Content | null {
    if (view > this.#state.view) return null;
    const viewChange = this.#held.certain(view, author);
    return viewChange ? ackFor(viewChange) : null;
  }

  /** Its author and the primary of its view not counted. */
  vouchersOf(ack: Ack): readonly NodeId[] {
    const { cluster } = this.#state;
    const others = Array.from({ length: cluster.replicas }, (_, replica) => replica).filter(
      (replica) => replica !== ack.replica && replica !== this.#state.primary(ack.view),
    );
    return this.#acks.vouchers(ack, others);
  }

  /**
   * It holds it itself, and 2f-1 others do: if the author is bad f-1 of those may be too, so with
   * this replica f+1 good ones can vouch to anybody.
   */
  isAdmitted({ replica, view, digest }: ViewChangeClaims): boolean {
    if (replica === this.#state.id) return true;
    const vouchers = this.vouchersOf({ view, replica, name: digest });
    return vouchers.length >= 2 * this.#state.cluster.faultsMax - 1;
  }

  /** This replica is certain, or f others and the primary that names it vouch for it. */
  isBelieved(view: number, { replica, name }: Reference): boolean {
    if (this.#held.certain(view, replica)?.digest === name) return true;
    return this.vouchersOf({ view, replica, name }).length >= this.#state.cluster.faultsMax;
  }

  #route(): Route<Ack> {
    const [state, acks] = [this.#state, this.#acks];
    return {
      name: "VIEW-CHANGE-ACK",
      firstHand: true,
      decode: ({ payload }) => decodeAck(payload, state.cluster) ?? "malformed",
      check: (ack, { sender, from }) => {
        if (ack.view < state.view || (ack.view === state.view && state.active)) return "no";
        if (ack.replica === sender) return { refused: "for its own" };
        if (acks.has(sender, ack)) return "no";
        return this.#limit.take(from, state.now) ? "yes" : { refused: "rate" };
      },
      take(ack, { sender }) {
        acks.add(sender, ack);
        return "yes";
      },
    };
  }
}

function ackFor({ view, replica, digest }: ViewChangeClaims): Content {
  return { type: VIEW_CHANGE_ACK, payload: encodeAck({ view, replica, name: digest }) };
}
