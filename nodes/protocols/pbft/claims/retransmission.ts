/** What fills the gaps of a peer to whom nothing can be proved (protocols §20.8). */
import { NULL_DIGEST } from "../../contract/audit.ts";
import type { NodeId } from "../../contract/core.ts";
import type { Slot } from "../log.ts";
import {
  HAS_COMMITTED,
  NEW_VIEW,
  STATUS_SLOTS_MAX,
  type Status,
  VIEW_CHANGE,
} from "../messages.ts";
import { resend, takeAnswer } from "../resending.ts";
import { resendSlots, slotFlags } from "../status.ts";
import type { Retransmission } from "../variant.ts";
import { copyOf, wantedNames } from "./copies.ts";
import { whatConvincesOf } from "./deciding.ts";
import type { Ack } from "./messages.ts";
import { encodePart, type KnownViewChange, readPart, type UnsignedPart } from "./status-part.ts";
import type { Unsigned } from "./unsigned.ts";

export function retransmissionOf(unsigned: Unsigned): Retransmission {
  const { state, scheme } = unsigned;
  return {
    part: () => encodePart(ownPart(unsigned)),
    readPart(reader) {
      const part = readPart(reader, state.cluster);
      return part && { answer: (peer, status) => answer(unsigned, peer, { ...status, part }) };
    },
    convinceOfStable(peer) {
      const own = state.checkpoints.own.get(state.marks.stable);
      if (own) resend(state, peer, scheme.seal(own.content, peer));
    },
    convinceOfDecision(peer, slot) {
      for (const content of whatConvincesOf(unsigned, slot)) {
        resend(state, peer, scheme.seal(content, peer));
      }
    },
  };
}

function ownPart(unsigned: Unsigned): UnsignedPart {
  const { state, newView } = unsigned;
  return {
    newView: newView?.name ?? NULL_DIGEST,
    viewChanges: Array.from({ length: state.cluster.replicas }, (_, id) => known(unsigned, id)),
    wanted: wantedNames(unsigned),
    again: orderedAgain(unsigned),
  };
}

function known(unsigned: Unsigned, replica: NodeId): KnownViewChange {
  const { state, held, asked, vouching } = unsigned;
  const view = asked.of(replica)?.view ?? 0;
  if (state.active) return { view, counts: true, vouchers: [] };
  const viewChange = held.certain(state.view, replica);
  const named = nameSought(unsigned, replica);
  // Another than the NEW-VIEW names helps nobody here: its author may have told two stories.
  if (!viewChange || (named && named.name !== viewChange.digest)) {
    return { view, counts: false, vouchers: named ? vouching.vouchersOf(named) : [] };
  }
  const counts = !state.isPrimary || vouching.isAdmitted(viewChange);
  const ack = { view: state.view, replica, name: viewChange.digest };
  return { view, counts, vouchers: vouching.vouchersOf(ack) };
}

/** What the NEW-VIEW that is sought names of this replica. */
function nameSought({ sought }: Unsigned, replica: NodeId): Ack | null {
  const reference = sought?.viewChanges.find((each) => each.replica === replica);
  return sought && reference ? { view: sought.view, ...reference } : null;
}

/**
 * Who executed a number alone has to vote on it again, or the others never decide it: so it has to
 * hear their votes, although it lacks nothing.
 */
function orderedAgain({ state, marks }: Unsigned): UnsignedPart["again"] {
  const { lastExec, view, active, log } = state;
  const isOpen = (slot: Slot | undefined) =>
    slot?.accepted?.view === view && slot.prepared?.view !== view;
  // Of the slots there are, and not of the numbers up to what is executed: a state that was
  // installed may lie any number of them above the floor.
  const isAgain = (slot: Slot) => slot.sequence > marks.floor && slot.sequence <= lastExec;
  const lowest = active ? log.ascending().find((slot) => isAgain(slot) && isOpen(slot)) : undefined;
  if (!lowest) return { first: 0, slots: new Uint8Array(0) };
  const first = lowest.sequence;
  const slots = new Uint8Array(Math.min(STATUS_SLOTS_MAX, lastExec - first + 1)).map((_, index) => {
    const slot = log.get(first + index);
    // That it is decided says nothing of what it needs to vote.
    return isOpen(slot) ? slotFlags(slot, view) & ~HAS_COMMITTED : HAS_COMMITTED;
  });
  return { first, slots };
}

function answer(unsigned: Unsigned, peer: NodeId, status: Status<UnsignedPart>): void {
  const { state, stated } = unsigned;
  const { view, active, part } = status;
  if (active && part.newView !== NULL_DIGEST) stated.set(peer, { view, name: part.newView });
  else stated.delete(peer);
  answerViewChanges(unsigned, peer, status);
  if (!active) answerVouchers(unsigned, peer, status);
  for (const name of part.wanted) {
    const copy = copyOf(unsigned, name);
    if (!copy || !takeAnswer(state, peer, copy.said.length)) continue;
    resend(state, peer, unsigned.scheme.seal(copy.content, peer, copy.said));
  }
  resendSlots(state, peer, { ...status, slots: part.again.slots, first: part.again.first });
}

/** The own VIEW-CHANGE, and as primary the own NEW-VIEW. */
function answerViewChanges(unsigned: Unsigned, peer: NodeId, status: Status<UnsignedPart>): void {
  const { state, scheme, held, newView } = unsigned;
  const isBehind = status.view < state.view || (status.view === state.view && !status.active);
  if (!isBehind) return;
  const tell = (type: number, payload: Uint8Array) => {
    if (!takeAnswer(state, peer, payload.length)) return;
    resend(state, peer, scheme.seal({ type, payload }, peer));
  };
  if (newView?.author === state.id) tell(NEW_VIEW, newView.payload);
  // Also who entered the view: a NEW-VIEW that names it may be lacking it elsewhere.
  const isNamed = !state.active || status.view === state.view;
  const own = held.certain(state.view, state.id);
  // protocols §10.5: needed also towards peers of lower views, whose f+1 rule waits for it.
  if (own && isNamed && (status.part.viewChanges[state.id]?.view ?? 0) < own.view) {
    tell(VIEW_CHANGE, own.payload);
  }
}

/** For what does not count there for want of vouchers, and this replica is certain of. */
function answerVouchers(unsigned: Unsigned, peer: NodeId, status: Status<UnsignedPart>): void {
  const { state, scheme, vouching } = unsigned;
  for (const [replica, { counts, vouchers }] of status.part.viewChanges.entries()) {
    if (counts || replica === peer || replica === state.id) continue;
    if (vouchers.includes(state.id)) continue;
    const content = vouching.again(status.view, replica);
    if (content) resend(state, peer, scheme.seal(content, peer));
  }
}
