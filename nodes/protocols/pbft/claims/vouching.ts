/**
 * VIEW-CHANGE-ACK (protocols §20.5): a vector convinces each reader of its own entry only, so those
 * whom it convinced say so to the new primary, and to whom it did not convince.
 */
import type { NodeId } from "../../contract/core.ts";
import type { Route } from "../route.ts";
import { type Ack, decodeAck, encodeAck, type Reference, VIEW_CHANGE_ACK } from "./messages.ts";
import type { Unsigned } from "./unsigned.ts";
import type { ViewChangeClaims } from "./view-change.ts";

/** Tells the primary of the view, unless that is this replica, or made it itself. */
export function vouch({ state, scheme }: Unsigned, viewChange: ViewChangeClaims): void {
  const { view, replica } = viewChange;
  const primary = state.primary(view);
  if (primary === state.id || primary === replica) return;
  state.effects.send(primary, scheme.seal(ackFor(viewChange), primary));
}

export function ackFor({ view, replica, digest }: ViewChangeClaims) {
  return { type: VIEW_CHANGE_ACK, payload: encodeAck({ view, replica, name: digest }) };
}

export function ackRoute({ state, acks, limits }: Unsigned): Route<Ack> {
  return {
    name: "VIEW-CHANGE-ACK",
    firstHand: true,
    decode: ({ payload }) => decodeAck(payload, state.cluster) ?? "malformed",
    check(ack, { sender, from }) {
      if (ack.view < state.view || (ack.view === state.view && state.active)) return "no";
      if (ack.replica === sender) return { refused: "for its own" };
      if (acks.has(sender, ack)) return "no";
      return limits.ack.take(from, state.now) ? "yes" : { refused: "rate" };
    },
    take(ack, { sender }) {
      acks.add(sender, ack);
      return "yes";
    },
  };
}

/** Who vouches for a VIEW-CHANGE, its author and the primary of its view not counted. */
export function vouchersOf({ state, acks }: Unsigned, ack: Ack): readonly NodeId[] {
  const others = Array.from({ length: state.cluster.replicas }, (_, replica) => replica).filter(
    (replica) => replica !== ack.replica && replica !== state.primary(ack.view),
  );
  return acks.vouchers(ack, others);
}

/**
 * May a NEW-VIEW of this replica rest on it? It holds it itself, and 2f-1 others do: if the author
 * is bad f-1 of those may be too, so with this replica f+1 good ones can vouch to anybody.
 */
export function isAdmitted(unsigned: Unsigned, viewChange: ViewChangeClaims): boolean {
  const { state } = unsigned;
  const { replica, view, digest } = viewChange;
  if (replica === state.id) return true;
  const vouchers = vouchersOf(unsigned, { view, replica, name: digest });
  return vouchers.length >= 2 * state.cluster.faultsMax - 1;
}

/**
 * Did its author make what V names? This replica is certain, or f others and the primary that names
 * it vouch for it.
 */
export function isBelieved(
  unsigned: Unsigned,
  view: number,
  { replica, name }: Reference,
): boolean {
  const { state, held } = unsigned;
  if (held.certain(view, replica)?.digest === name) return true;
  return vouchersOf(unsigned, { view, replica, name }).length >= state.cluster.faultsMax;
}
