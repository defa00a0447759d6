/**
 * Retransmission (protocols §11). Links get cut, so TCP is not enough: every replica tells
 * periodically what it has, and peers resend own messages that fill the gaps, and transferable
 * ones (stable proofs, NEW-VIEW, commit certificates). Answers are bounded per peer and period.
 */

import { awaitMissingState } from "./checkpoint.ts";
import { executeReady, requestBody } from "./execution.ts";
import type { Slot } from "./log.ts";
import {
  BODY,
  type CheckpointVote,
  decodeCheckpoint,
  decodeStatus,
  encodeCheckpoint,
  encodeStatus,
  HAS_COMMITTED,
  HAS_PRE_PREPARE,
  HAS_PREPARED,
  STATUS,
  STATUS_SLOTS_MAX,
  type Status,
} from "./messages.ts";
import { findOverdue } from "./overdue.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";
import { resend, takeAnswer } from "./resending.ts";
import type { Route } from "./route.ts";
import { isBehind } from "./state-transfer.ts";
import type { StatusPart } from "./variant.ts";

/** Bodies asked for in one STATUS period at most; peers refuse more than twice as many. */
const BODIES_PER_PERIOD = 32;
/** Slots filled for one STATUS at most: a peer that lacks more asks again. */
const SLOTS_PER_ANSWER = 32;

export function onStatusTimer(state: ReplicaState): void {
  const { statusMs } = state.cluster.timers;
  state.effects.setTimer(TIMERS.status, statusMs);
  state.effects.broadcast(
    state.scheme.seal({ type: STATUS, payload: encodeStatus(ownStatus(state)) }, "all"),
  );
  state.variant.requests.period?.();
  state.variant.upkeep?.period();
  askForBodies(state);
  // State that is missing although nothing is being fetched (a restart below `h`).
  if (isBehind(state)) awaitMissingState(state);
  state.served.expire(state.now);
  executeReady(state);
  state.overdue = findOverdue(state);
}

/**
 * The first ones only: peers answer so many questions a period, and execution needs them in order.
 * What a fetched state will cover needs none.
 */
function askForBodies(state: ReplicaState): void {
  let asked = 0;
  for (const slot of state.log.ascending()) {
    const decided = slot.sequence > state.lastExec ? slot.decided : null;
    const wanted = (decided ?? slot.accepted)?.digest;
    if (wanted === undefined || slot.bodies.has(wanted)) continue;
    if (slot.sequence <= state.marks.stable) continue;
    requestBody(state, slot, wanted);
    asked += 1;
    if (asked >= BODIES_PER_PERIOD) return;
  }
}

function ownStatus(state: ReplicaState): Status<Uint8Array> {
  const { view, active, lastExec } = state;
  const { stable, top } = state.marks;
  // A view may begin with numbers above the window.
  const last = Math.min(Math.max(top, state.sequence), lastExec + STATUS_SLOTS_MAX);
  const slots = new Uint8Array(Math.max(0, last - lastExec));
  for (let offset = 0; offset < slots.length; offset++) {
    slots[offset] = slotFlags(state.log.get(lastExec + 1 + offset), view);
  }
  const part = state.variant.retransmission.part();
  return { view, active, stable, lastExec, part, slots };
}

export function slotFlags(slot: Slot | undefined, view: number): number {
  if (!slot) return 0;
  let flags = slot.decided ? HAS_COMMITTED : 0;
  if (slot.accepted) flags |= HAS_PRE_PREPARE;
  if (slot.prepared?.view === view) flags |= HAS_PREPARED;
  return flags;
}

export function statusRoute(state: ReplicaState): Route<Status<StatusPart>> {
  const { retransmission } = state.variant;
  return {
    name: "STATUS",
    firstHand: true,
    decode: ({ payload }) =>
      decodeStatus(payload, (reader) => retransmission.readPart(reader)) ?? "malformed",
    check: (_status, { sender }) =>
      state.limits.status.take(sender, state.now) ? "yes" : { refused: "rate" },
    take(status, { sender }) {
      const { lastExec, active } = status;
      state.catchingUp.stated(sender, { lastExec, active, now: state.now });
      resendCheckpoints(state, sender, status);
      status.part.answer(sender, status);
      resendSlots(state, sender, { ...status, first: status.lastExec + 1 });
      return "yes";
    },
  };
}

function resendCheckpoints(state: ReplicaState, peer: number, { stable }: Status<unknown>): void {
  const { marks, checkpoints, variant } = state;
  if (stable < marks.stable) variant.retransmission.convinceOfStable(peer);
  for (const checkpoint of checkpoints.own.values()) {
    if (checkpoint.sequence > Math.max(stable, marks.stable)) {
      resend(state, peer, state.scheme.seal(checkpoint.content, peer));
    }
  }
}

/** @param status of the peer, with the first number that its slots are about */
export function resendSlots(
  state: ReplicaState,
  peer: number,
  status: Pick<Status<unknown>, "view" | "active" | "slots"> & { readonly first: number },
): void {
  const sameView = state.active && status.active && status.view === state.view;
  const settledBefore = state.now - state.cluster.timers.statusMs / 2;
  let answered = 0;
  for (let offset = 0; offset < status.slots.length; offset++) {
    const flags = status.slots[offset] as number;
    const slot = state.log.get(status.first + offset);
    // What was sent a moment ago is still on its way.
    if (!slot || slot.touchedAt > settledBefore) continue;
    if (fillSlot(state, slot, { peer, flags, sameView })) answered += 1;
    if (answered >= SLOTS_PER_ANSWER) return;
  }
}

/**
 * To a peer that could believe nothing of what was said to it before: the own words on what is not
 * executed, before it says what it lacks.
 */
export function sayAgain(state: ReplicaState, peer: number): void {
  const slots = state.log.ascending().filter(({ sequence }) => sequence > state.lastExec);
  for (const slot of slots.slice(0, SLOTS_PER_ANSWER)) {
    fillSlot(state, slot, { peer, flags: 0, sameView: state.active });
  }
}

function fillSlot(
  state: ReplicaState,
  slot: Slot,
  { peer, flags, sameView }: { peer: number; flags: number; sameView: boolean },
): boolean {
  if (flags & HAS_COMMITTED) return false;
  const { decided, accepted } = slot;
  if (decided) {
    state.variant.retransmission.convinceOfDecision(peer, slot);
    return true;
  }
  if (!sameView || !accepted) return false;
  const { view, digest } = accepted;
  const body = slot.bodies.get(digest);
  const isWanted = !(flags & HAS_PRE_PREPARE) && accepted.own;
  if (isWanted && body && takeAnswer(state, peer, body.bytes.length)) {
    resend(state, peer, state.scheme.seal(isWanted, peer, body.bytes));
  }
  const prepare = slot.prepares.get(state.id)?.own;
  if (!(flags & HAS_PREPARED) && prepare) resend(state, peer, state.scheme.seal(prepare, peer));
  const commit = slot.commits.of(state.id, view, digest)?.own;
  if (commit) resend(state, peer, state.scheme.seal(commit, peer));
  return true;
}

export function fetchBodyRoute(state: ReplicaState): Route<CheckpointVote> {
  const bodyOf = ({ sequence, digest }: CheckpointVote) =>
    state.log.get(sequence)?.bodies.get(digest);
  return {
    name: "FETCH-BODY",
    firstHand: true,
    decode: ({ payload }) => decodeCheckpoint(payload) ?? "malformed",
    // What is refused now is asked for again: the lowest numbers come first in every period.
    check: (name, { sender }) =>
      takeAnswer(state, sender, bodyOf(name)?.bytes.length ?? 0) ? "yes" : { refused: "rate" },
    take(name, { sender }) {
      const body = bodyOf(name);
      if (!body) return "no";
      const content = { type: BODY, payload: encodeCheckpoint(name) };
      state.effects.send(sender, state.scheme.seal(content, sender, body.bytes));
      return "yes";
    },
  };
}
